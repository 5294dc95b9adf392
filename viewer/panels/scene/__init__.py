"""The Scene panel: facts about the open scene and the present view."""
