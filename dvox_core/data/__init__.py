"""Captures: pictures with cameras, in every format we read."""
