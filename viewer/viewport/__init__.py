"""The picture: navigation, painting, reprojection and overlays."""
