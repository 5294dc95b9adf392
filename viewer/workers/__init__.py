"""Work off the window's thread: operations, the render thread, the session of one scene."""
