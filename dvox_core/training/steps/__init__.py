"""One training step of the paper's recipe, plain and fast, and what steps are made of."""
