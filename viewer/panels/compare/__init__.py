"""The Compare panel: the open scene beside another view, truth or scene."""
