"""A scene and its renderer on another machine, spoken with over a process's pipes."""
