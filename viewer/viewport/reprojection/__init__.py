"""Which kept frames stand in for the present view, and which views are prefetched."""
