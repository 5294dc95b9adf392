"""The window that compares systems: a table's cells, and several systems under one camera."""
