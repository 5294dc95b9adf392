"""The Pipeline panel: the stages of the method, alive, and integration replayed."""
