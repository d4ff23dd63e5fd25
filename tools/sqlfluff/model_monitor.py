"""Stands in for the package's macros when sqlfluff renders a model without dbt.

`{{ model_monitor.psi('p', 'q') }}` becomes the identifier `psi`: enough for the layout of what is
around it to be judged. What a macro writes itself is looked at where it is compiled, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# What Jinja's sandbox asks of everything it is to call.
JINJA_ASKS = ("unsafe_callable", "alters_data")


class Placeholder(str):
    """Text where text is wanted, and something harmless wherever else a template may use it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__") or name in JINJA_ASKS:
            raise AttributeError(name)
        return Placeholder(name)

    def __call__(self, *_: Any, **__: Any) -> Placeholder:
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(())


# Macros that write a whole query, and what to show in their place.
QUERY = re.compile(
    r"_rows$|^empty_|^(last_finished_run|latest_watermarks|suspect_days|recent_days|treated_windows)$"
    r"|^(checked_windows|arrivals|q_values|policy_as_of|scores_across_rulers|windows_of_sketch)$"
    r"|^(hidden_groups|parts_of_groups|worth_windows)$|^trust_"
)
ROWS = "select 1 as nothing"
# Macros that set how a model is built, and write nothing.
KINDS = frozenset({"view_model", "table_model", "history_model"})


def _shown(name: str) -> Placeholder:
    if name in KINDS:
        return Placeholder("")
    return Placeholder(ROWS if QUERY.search(name) else name)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _shown(name)
