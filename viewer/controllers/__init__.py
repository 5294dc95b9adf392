"""What the user can do, one file a concern; each is given what it uses."""
