"""What menus and shortcuts offer, one file a menu."""
