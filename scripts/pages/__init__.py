"""Pages for people: what staging's page and the report have in common, their look first of all."""
