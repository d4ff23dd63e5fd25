"""Changes that are planted into simulated logs, and what the alerts make of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm
from simulated_logs import Change, World, subjects

PAGE = Path(__file__).resolve().parents[1] / "docs" / "understand" / "power.md"
MARK = re.compile("<!-- made by: .* -->")
SIZES = (500, 2_000, 10_000)
ROWS_PER_USER = 10
DAY = 60
# Few in one monitor: what has drifted beside it makes a change easier to find.
GROUPS: tuple[tuple[Change, ...], ...] = (
    (
        Change("mean + 0.25 sd", "f5", DAY, "mean", 0.25),
        Change("mean + 0.5 sd", "f13", DAY, "mean", 0.5),
        Change("spread × 1.5", "f9", DAY, "scale", 1.5),
        Change("5 points more missing, critical", "f1", DAY, "missing", 0.05),
    ),
    (
        Change("mean + 1 sd", "f5", DAY, "mean", 1.0),
        Change("spread × 2", "f13", DAY, "scale", 2.0),
        Change("slow: mean + 0.02 sd a day", "f9", DAY, "slow", 0.02),
        Change("20 points more missing, critical", "f1", DAY, "missing", 0.2),
    ),
    (
        Change("score: p95 + 20%", "p_main", DAY, "tail", 0.2),
        Change("category of 10% becomes another", "kind", DAY, "replaced", 0.1),
        Change("mean + 1 sd in a slice of 5%", "f13", DAY, "mean", 1.0, ("s2", 6)),
        Change("20 points more missing", "f3", DAY, "missing", 0.2),
    ),
    (
        Change("score: p95 + 45%", "p_main", DAY, "tail", 0.45),
        Change("category of 30% becomes another", "kind", DAY, "replaced", 0.3),
        Change("mean + 1 sd in a slice of 2%", "f13", DAY, "mean", 1.0, ("s2", 11)),
    ),
    (
        Change("latency: p95 + 150%", "latency_ms", DAY, "tail", 1.5),
        Change("category of 10% becomes a new one, critical", "kind", DAY, "unseen", 0.1),
        Change("mean + 2 sd in a slice of 5%", "f13", DAY, "mean", 2.0, ("s2", 6)),
        Change("mean + 2 sd in a slice of 2%", "f17", DAY, "mean", 2.0, ("s2", 11)),
    ),
)  # fmt: skip


def planted_worlds(count: int, slices: int, repeats: int, seed: int) -> list[World]:
    return [
        World(
            subjects(count),
            rows,
            ROWS_PER_USER,
            np.random.default_rng([seed, rows, number, repeat]),
            slices // 2,
            list(group),
        )
        for rows in SIZES
        for number, group in enumerate(GROUPS)
        for repeat in range(repeats)
    ]


def day_beyond(slope: float, psi: float = 0.1) -> float:
    """After how many days a mean that moves by `slope` sd a day has that PSI, over deciles."""
    edges = np.concatenate([[-np.inf], norm.ppf(np.arange(1, 10) / 10), [np.inf]])
    shifts = np.arange(0, 2, 0.001)
    p = np.diff(norm.cdf(edges[None, :] - shifts[:, None]), axis=1)
    distances = np.sum((p - 0.1) * np.log(p / 0.1), axis=1)
    return float(shifts[np.argmax(distances >= psi)] / slope)


def found(worlds: Sequence[World], alerts: pd.DataFrame) -> pd.DataFrame:
    """Of each planted change: when it was first seen, and as what it is shown."""
    rows = []
    for number, world in enumerate(worlds):
        for change in world.changes:
            seen = alerts[
                (alerts.monitor == f"m{number}")
                & (alerts.subject == change.subject)
                & (alerts.day > change.day)
            ].sort_values(["day", "is_shown"], ascending=[True, False])
            begins = change.day + (day_beyond(change.size) if change.how == "slow" else 0)
            shown = seen[seen.is_shown]
            rows.append({
                "change": change.name,
                "rows": world.rows_per_day,
                "days": seen.day.min() - begins if len(seen) else np.nan,
                "shown": said(shown.iloc[0] if len(shown) else seen.iloc[0]) if len(seen) else "",
                "severity": shown.severity.max() if len(shown) else "",
            })  # fmt: skip
    return pd.DataFrame(rows)


def said(alert: pd.Series) -> str:
    place = "" if alert.slice_name == "(all)" else " in the slice"
    compared = "" if alert.baseline in ("history", "none") else f", {alert.baseline}"
    return f"{alert.rule_id} ({alert.window_name}{compared}){place}"


def table(results: pd.DataFrame, repeats: int) -> list[str]:
    sizes = [f"{rows:,} rows a day" for rows in SIZES]
    lines = [f"| what is planted | {' | '.join(sizes)} |", "|---" * (len(SIZES) + 1) + "|"]
    for name in [change.name for group in GROUPS for change in group]:
        cells = []
        for rows in SIZES:
            mine = results[(results.change == name) & (results.rows == rows)]
            hits = mine.dropna(subset=["days"])
            if hits.empty:
                cells.append("no")
                continue
            share = "" if len(hits) == repeats else f"{len(hits)} of {repeats}, "
            days = sorted({round(day) for day in hits.days})
            when = f"{days[0]}" if len(days) == 1 else f"{days[0]}–{days[-1]}"
            cells.append(f"{share}day {when}: {hits.shown.mode().iloc[0]}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def write_page(results: pd.DataFrame, repeats: int, arguments: Sequence[str]) -> None:
    """The page of power keeps its words; what is between the marks is made anew."""
    mark = f'<!-- made by: make false-alarms FALSE_ALARMS="{" ".join(arguments)}" -->'
    block = "\n".join([mark, "", *table(results, repeats), "", mark])
    before, _, after = MARK.split(PAGE.read_text())
    PAGE.write_text(before + block + after)
    print(block)
