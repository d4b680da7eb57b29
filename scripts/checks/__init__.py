"""Checks that a finished wheel has to pass besides numexpr's own suite; run as files in the wheel's test environment."""
