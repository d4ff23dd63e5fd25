"""The gauges as a text file that the Prometheus node exporter collects."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from model_monitor.findings.gauges import MOST_SERIES, Gauge


def text(gauges: Sequence[Gauge]) -> str:
    """The exposition format. A comment says what is left out, and why."""
    return "\n".join(line for gauge in gauges for line in lines(gauge)) + "\n"


def lines(gauge: Gauge) -> Iterator[str]:
    if gauge.problem is not None:
        yield f"# {gauge.name} is left out: {one_line(gauge.problem)}"
        return
    yield f"# HELP {gauge.name} {one_line(gauge.text)}"
    yield f"# TYPE {gauge.name} gauge"
    for monitor, count in gauge.left_out.items():
        yield (
            f"# {gauge.name}: {count} more series of {one_line(monitor)} are left out "
            f"(at most {MOST_SERIES} per monitor)"
        )
    for each in gauge.samples:
        yield sample(gauge.name, each.labels, each.value)


def sample(name: str, labels: Mapping[str, str], value: float) -> str:
    listed = ",".join(f'{label}="{escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{listed}}} {number(value)}"


def number(value: float) -> str:
    """All digits: the shortest text that gives the same number again."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def one_line(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").split())


def write(path: Path, content: str) -> None:
    """Replace the file in one step, so that a collector never sees a partial one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)
