"""A run: one call of nox, whose sessions are processes of their own and share a folder of build/runs/."""

from __future__ import annotations

import os
import time

RUN_VARIABLE = "NUMEXPR_WHEELS_RUN"
# What CPythons the first process of the run found, for all the others.
INTERPRETERS = "interpreters.json"


def new_run() -> str:
    """Return a name for a run that sorts by time."""
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + f"-{os.getpid()}"
