"""Open incidents, as a text file that the Prometheus node exporter collects."""

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
TRAINING_LABELS = ("monitor", "model_version", "kind", "recommended_action")


def text(
    alerts: Sequence[Mapping[str, Any]],
    monitors: Sequence[str],
    triggers: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Counts of open incidents that are not suppressed (0 included), each of these incidents, and
    the models that are due for retraining."""
    active = [alert for alert in alerts if not is_suppressed(dict(alert))]
    counts = Counter((str(alert["monitor"]), str(alert["severity"])) for alert in active)
    names = sorted({*monitors, *(monitor for monitor, _ in counts)})
    lines = [f"# HELP {OPEN} Open incidents by severity.", f"# TYPE {OPEN} gauge"]
    lines += [
        sample(OPEN, {"monitor": name, "severity": severity}, counts[name, severity])
        for name in names
        for severity in SEVERITIES[1:]
    ]
    lines += [f"# HELP {EACH} An open incident: 1 while it is open.", f"# TYPE {EACH} gauge"]
    lines += samples(EACH, active, LABELS)
    lines += [f"# HELP {TRAINING} A model that is due for retraining: 1 while it is due."]
    lines += [f"# TYPE {TRAINING} gauge", *samples(TRAINING, triggers, TRAINING_LABELS)]
    return "\n".join(lines) + "\n"


def samples(name: str, rows: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> list[str]:
    """A sample of 1 for each row, with those of these labels that are set."""
    found = ({key: str(row[key]) for key in labels if row.get(key) is not None} for row in rows)
    return sorted({sample(name, each, 1) for each in found})


def sample(name: str, labels: Mapping[str, str], value: int) -> str:
    listed = ",".join(f'{label}="{escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{listed}}} {value}"


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write(path: Path, content: str) -> None:
    """Replace the file in one step, so that a collector never sees a partial one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)
