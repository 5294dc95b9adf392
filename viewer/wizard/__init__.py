"""The training wizard's pages."""
