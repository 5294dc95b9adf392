"""The Weights panel: the occlusion network's weights as maps."""
