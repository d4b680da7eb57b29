"""Whether the same inputs give the same bytes: builds under varied conditions, compared."""
