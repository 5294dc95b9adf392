"""The picture: input, controllers, painting and overlays."""
