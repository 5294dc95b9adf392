"""The Ray panel: the depth weights along one pixel's ray."""
