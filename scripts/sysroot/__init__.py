"""What compiling for another platform takes: the target's Python and numpy headers, and Windows' import library."""
