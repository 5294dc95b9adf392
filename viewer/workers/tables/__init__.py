"""Tables of systems: followed, started, and their systems rendered side by side."""
