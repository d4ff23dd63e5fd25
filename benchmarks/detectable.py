"""Is detectable_change of monitor_coverage found in four of five cases?

    make detectable                              # the table of docs/understand/power.md
    make detectable DETECTABLE="--rows 300 --monitors 2"

Each monitor has 50 series of each of four kinds. After some weeks without a change one day is added
in which each series changes by exactly what monitor_coverage says it can detect. Then the alerts of
that day are counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.python.harness.project_harness import SCHEMA, Project

FIRST = pd.Timestamp("2026-03-02")
REFERENCE_DAYS, DAYS, SERIES = 28, 63, 50
CATEGORIES = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
NAMES = np.array(["a", "b", "c", "d", "e"])
LATENCY_SPREAD, SEPARATION = 0.5, 1.2
# kind of series: the family and metric that find its change
KINDS = {
    "missing": ("quality", "missing_rate"),
    "category": ("drift", "psi"),
    "latency": ("tail", "p95_shift"),
    "score": ("performance", "roc_auc"),
}


def series() -> list[tuple[str, str]]:
    """Kind and name of each series of a monitor."""
    return [(kind, f"{kind}_{number}") for kind in KINDS for number in range(SERIES)]


def monitor(name: str) -> dict[str, Any]:
    of_kind = {kind: [each for of, each in series() if of == kind] for kind in KINDS}
    return {
        "name": name,
        "problem": "binary",
        "predictions": {
            "source": [SCHEMA, name], "time": "scored_at", "id": "id", "version": "version",
            "label": "label", "loaded_at": "loaded_at",
        },
        "scores": {each: {"outcome": "label", "threshold": 0.5} for each in of_kind["score"]},
        "features": {
            **{each: {} for each in of_kind["missing"]},
            **{each: {"type": "categorical"} for each in of_kind["category"]},
        },
        "operations": {each: {} for each in of_kind["latency"]},
        "reference": {
            "from": str(FIRST.date()),
            "to": str((FIRST + pd.Timedelta(days=REFERENCE_DAYS)).date()),
        },
    }  # fmt: skip


def moved_shares(psi: float) -> Any:
    """Shares of the categories whose PSI against the usual ones is this."""
    towards = CATEGORIES[::-1]

    def shares(step: float) -> Any:
        return CATEGORIES + step * (towards - CATEGORIES)

    def excess(step: float) -> float:
        now = shares(step)
        return float(((now - CATEGORIES) * np.log(now / CATEGORIES)).sum() - psi)

    return shares(brentq(excess, 0.0, 1.4))


def log(
    random: np.random.Generator, rows: int, days: range, changes: dict[str, float] | None = None
) -> pd.DataFrame:
    """Rows of these days; a series with a change differs by it in all of them."""
    changes = changes or {}
    size = rows * len(days)
    day = np.repeat(np.array(days), rows)
    label = random.random(size) < 0.5
    columns: dict[str, Any] = {
        "id": [f"{number}_{days[0]}" for number in range(size)],
        "scored_at": FIRST
        + pd.to_timedelta(day * 86_400 + random.integers(0, 86_400, size), unit="s"),
        "version": "v1",
        "label": label,
    }
    for number, (kind, name) in enumerate(series()):
        change = changes.get(name, 0.0)
        if kind == "missing":
            usual = (0.01, 0.03, 0.1)[number % 3]
            is_missing = random.random(size) < usual + change
            columns[name] = np.where(is_missing, np.nan, random.normal(size=size))
        elif kind == "category":
            columns[name] = random.choice(NAMES, size, p=moved_shares(change))
        elif kind == "latency":
            values = 100 * np.exp(LATENCY_SPREAD * random.normal(size=size))
            columns[name] = values * (1 + change)
        else:
            separated = norm.cdf(SEPARATION / np.sqrt(2)) - change
            apart = np.sqrt(2) * norm.ppf(separated)
            z = random.normal(size=size) + apart * (label - 0.5)
            columns[name] = 1 / (1 + np.exp(-z))
    rows_of_days = pd.DataFrame(columns).sort_values("scored_at")
    return rows_of_days.assign(loaded_at=rows_of_days["scored_at"] + pd.Timedelta(minutes=5))


def detectable(project: Project) -> pd.DataFrame:
    """What monitor_coverage says of the series, in all rows."""
    return project.query("""
        select monitor, subject, family, metric, resolution, detectable_change
        from monitor_coverage
        where slice_name = '(all)' and model_version = '(all)' and detectable_change is not null
    """)


def found(project: Project, day: int) -> set[tuple[str, str, str, str]]:
    """The series with a breach on that day: monitor, subject, family and metric."""
    end = FIRST + pd.Timedelta(days=day + 1)
    rows = project.query(f"""
        select distinct monitor, subject, family, metric
        from monitor_judgements
        where outcome = 'breach' and window_name = 'day' and window_end = timestamp '{end}'
            and slice_name = '(all)' and model_version = '(all)'
    """)
    return set(rows.itertuples(index=False, name=None))


def measured(rows: int, monitors: int, seed: int) -> Iterator[dict[str, Any]]:
    """A line for each kind of series."""
    names = [f"m{number}" for number in range(monitors)]
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        project = Project(
            Path(folder) / "shop",
            [monitor(name) for name in names],
            {name: log(random, rows, range(DAYS)) for name in names},
        )
        # a day is over when rows of the next one are there
        project.build(str(FIRST + pd.Timedelta(days=DAYS - 1, hours=6)))
        usual, said = found(project, DAYS - 2), detectable(project)
        for name in names:
            mine = said[said["monitor"] == name]
            changes = {
                row.subject: row.detectable_change
                for row in mine.itertuples()
                if KINDS.get(row.subject.rsplit("_", 1)[0]) == (row.family, row.metric)
            }
            project.append(name, log(random, rows, range(DAYS, DAYS + 2), changes))
        project.build(str(FIRST + pd.Timedelta(days=DAYS + 1, hours=6)))
        seen = found(project, DAYS)
    for kind, (family, metric) in KINDS.items():
        asked = said[
            (said["family"] == family)
            & (said["metric"] == metric)
            & said["subject"].str.startswith(f"{kind}_")
        ]
        keys = [(row.monitor, row.subject, family, metric) for row in asked.itertuples()]
        yield {
            "kind": kind,
            "metric": metric,
            "rows a day": rows,
            "windows": "/".join(sorted(set(asked["resolution"]))),
            "series": len(keys),
            "change": asked["detectable_change"].median(),
            "found": sum(key in seen for key in keys) / max(len(keys), 1),
            "the day before": sum(key in usual for key in keys) / max(len(keys), 1),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", default="1000,4000", help="rows a day, one or more sizes")
    parser.add_argument("--monitors", type=int, default=4, help="each with 50 series of each kind")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = [
        line
        for rows in options.rows.split(",")
        for line in measured(int(rows), options.monitors, options.seed)
    ]
    print("| " + " | ".join(lines[0]) + " |")
    print("|" + "---|" * len(lines[0]))
    for line in lines:
        shown = (f"{value:.3f}" if isinstance(value, float) else value for value in line.values())
        print("| " + " | ".join(map(str, shown)) + " |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
