"""Garbage is collected when much has piled up.

A build leaves half a million objects, and a search through all others finds them: a tenth of a build.
"""

from __future__ import annotations

import gc

# some 300 MB
MANY_OBJECTS = 3_000_000


def collect_rarely() -> None:
    """From now on, Python does not look for garbage by itself."""
    gc.disable()


def collect_what_piled_up() -> None:
    more_than_after_the_last_collection = gc.get_count()[0]
    if not gc.isenabled() and more_than_after_the_last_collection > MANY_OBJECTS:
        gc.collect()
