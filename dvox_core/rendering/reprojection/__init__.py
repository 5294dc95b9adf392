"""Warps frames to other cameras by their depth, plainly and compiled; which frames are kept."""
