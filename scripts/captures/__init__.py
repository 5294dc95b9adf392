"""The captures that come with the program: their objects, cameras and renderer."""
