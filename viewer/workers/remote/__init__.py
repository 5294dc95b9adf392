"""Follows the connections to other machines."""
