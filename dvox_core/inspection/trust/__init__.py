"""Whether a view can be trusted: by its support in the training views, and by its consistency."""
