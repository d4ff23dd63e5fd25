"""The queries of the error analysis. They read the logs; dbt compiles them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from model_monitor.warehouse.project import Project
from model_monitor.warehouse.settings import PACKAGE

NODE = "monitor_error_analysis"
# The places of a query that the report fills in: no SQL contains the character around them.
GAP = re.compile("\0(start|end|as_of)\0")


@dataclass(frozen=True)
class ErrorQueries:
    """The queries about one score of a monitor. A text is None if the monitor has no such data."""

    log: str
    score: str
    outcome: str
    kind: str
    min_cell: int
    queries: Mapping[str, str | None]

    def filled(self, name: str, start: datetime, end: datetime, as_of: datetime) -> str | None:
        """A query about these days, in the form of Source: braces of a value are doubled."""
        text = self.queries.get(name)
        if text is None:
            return None
        values = {"start": start, "end": end, "as_of": as_of}
        text = text.replace("{", "{{").replace("}", "}}")
        return GAP.sub(lambda found: str(values[found[1]])[:26], text)


ByMonitor = Mapping[str, Sequence[ErrorQueries]]


def error_queries(project: Project) -> ByMonitor:
    """The queries of each monitor, from the package's own macro (see Project.config)."""
    _ = project.manifest
    node = f"{NODE},package:{PACKAGE}"
    (compiled,) = project.compiled("--select", node)
    found = json.loads(compiled.compiled_code)
    return {
        monitor: [ErrorQueries(**each) for each in analyses] for monitor, analyses in found.items()
    }
