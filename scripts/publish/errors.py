"""What publishing raises and catches within itself; the errors that a person sees are in scripts/core/errors.py."""

from __future__ import annotations


class TemporaryError(Exception):
    """Something that may be better in a moment: a 5xx, a lost or refused connection. Only `transfer` catches it."""
