"""What is open, as a text file that Prometheus' node exporter collects."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from model_monitor.findings.tables import SEVERITIES, is_suppressed

OPEN = "model_monitor_open_incidents"
EACH = "model_monitor_incident"
TRAINING = "model_monitor_retraining"
LABELS = (
    "monitor", "severity", "model_version", "log", "subject", "metric", "slice_name", "slice_value",
    "recommended_action", "owner", "incident_id",
)  # fmt: skip
ASKED = ("monitor", "model_version", "kind", "recommended_action")


def text(
    alerts: Sequence[Mapping[str, Any]],
    monitors: Sequence[str],
    triggers: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The open incidents that nobody holds back: how many, also where none is, and which; and
    what asks for a model to be trained anew."""
    spoken = [alert for alert in alerts if not is_suppressed(dict(alert))]
    counts = Counter((str(alert["monitor"]), str(alert["severity"])) for alert in spoken)
    names = sorted({*monitors, *(monitor for monitor, _ in counts)})
    lines = [f"# HELP {OPEN} Open incidents by severity.", f"# TYPE {OPEN} gauge"]
    lines += [
        sample(OPEN, {"monitor": name, "severity": severity}, counts[name, severity])
        for name in names
        for severity in SEVERITIES[1:]
    ]
    lines += [f"# HELP {EACH} An open incident; 1 while it is.", f"# TYPE {EACH} gauge"]
    lines += samples(EACH, spoken, LABELS)
    lines += [f"# HELP {TRAINING} What asks for a new version; 1 while it does."]
    lines += [f"# TYPE {TRAINING} gauge", *samples(TRAINING, triggers, ASKED)]
    return "\n".join(lines) + "\n"


def samples(name: str, rows: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> list[str]:
    """A line of 1 for each row, with what there is of these labels."""
    told = ({key: str(row[key]) for key in labels if row.get(key) is not None} for row in rows)
    return sorted({sample(name, each, 1) for each in told})


def sample(name: str, labels: Mapping[str, str], value: int) -> str:
    said = ",".join(f'{label}="{escaped(word)}"' for label, word in labels.items())
    return f"{name}{{{said}}} {value}"


def escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write(path: Path, content: str) -> None:
    """In one step: a collector sees the file of the last run or of this one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    beside.write_text(content, encoding="utf-8")
    beside.replace(path)
