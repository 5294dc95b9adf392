"""The sample capture's object, its cameras and its renderer."""
