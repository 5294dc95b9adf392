"""The model's configuration, its three verbs, and the scene around it."""
