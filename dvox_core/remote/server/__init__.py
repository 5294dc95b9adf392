"""The side where the scenes are: answers requests on its standard input."""
