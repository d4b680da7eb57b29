"""What the native code of a wheel shows without being run: whom it is for, what it needs, what it offers, whether it is whole."""
