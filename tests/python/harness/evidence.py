"""What the fixture `evidence` is: it notes a figure that a test has counted."""

from collections.abc import Callable

Note = Callable[[str, object], None]
