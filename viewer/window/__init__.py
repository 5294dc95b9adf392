"""The main window: assembly, docks, menus and status bar."""
