"""Jobs on this machine, each in a process of its own: one seam for whoever runs them."""
