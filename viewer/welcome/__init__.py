"""The page that is shown while no scene is open."""
