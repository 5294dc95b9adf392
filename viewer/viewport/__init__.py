"""The picture: input, controllers, painting and overlays."""

from viewer.viewport.viewport import Viewport

__all__ = ["Viewport"]
