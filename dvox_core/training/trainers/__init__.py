"""One trainer a recipe, and what they share."""
