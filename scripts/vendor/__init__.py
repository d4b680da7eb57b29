"""How the native libraries of vendor/ are made: which symbols, how to link them, what the result has to look like."""
