"""The training wizard's pages, one file each."""
