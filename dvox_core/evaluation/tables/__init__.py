"""Tables of systems on captures: trained, scored and laid out in one folder."""
