"""No value of a log changes the SQL that an alert carries, or what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from model_monitor.warehouse.sql_errors import literal

from ..harness.evidence import Note
from ..harness.hostile_values import HOSTILE, STATEMENTS, one_line
from ..harness.postgres_project import ON_BOTH, PostgresProject, on_engine
from ..harness.project_harness import Project

START = pd.Timestamp("2026-03-02")
DAYS, BROKEN = 26, 23
PER_DAY = 60  # rows of each route
AS_OF = START + pd.Timedelta(days=DAYS, hours=3)
ODD_COLUMN = "a{value} --{cell} $$ %s \\ é"
VERSIONS = ('") select 1; create table pwned (x int); --{cell}', "v{start}'{on_slice}")
# all of them, some in a text, so that they are few: each costs as much as a slice does
ROUTES = (*("".join(HOSTILE[number::5]) for number in range(5)), "'", "a+b", "(all)")
CATEGORIES = HOSTILE[::6]
MONITOR: dict[str, Any] = {
    "name": "shop", "problem": "binary",
    "predictions": {
        "source": ["logs", "scores"], "time": "at", "id": "id", "version": "version",
        "label": "bought", "where": "note <> '{subject} {rows}'",
    },
    "scores": {"p": {"outcome": "label", "threshold": 0.5}},
    "features": {
        "amount": {"min": 0, "max": 100},
        "odd": {"column": ODD_COLUMN},
        "balance": {},
        "length": {"sql": "case when note like '%{value}%' then 3.5 else \"amount\" end"},
        "kind": {"type": "categorical"},
    },
    "metrics": {"revenue": {"numerator": "amount"}},
    "exposure": {"item": "item"},
    "slices": ["route", ["half", "arm"]],
    "windows": ["day"],
    "limits": {"min_rows": 20, "min_cell": 1, "slice_values": 200, "combination_values": 200},
}  # fmt: skip
JUDGED = {
    "quality": ("missing_rate", "out_of_range_rate", "unseen_share"),
    "drift": ("psi",),
    "tail": ("p95_shift",),
    "metrics": ("value",),
    "performance": ("brier",),
    "labels": ("mean_outcome",),
    "concentration": ("gini",),
}
# taken over bins
NEAR = {"p95_shift": 0.3, "roc_auc": 0.01}
RULES = [
    {
        "rule_id": f"any_{family}_{metric}", "family": family, "metric": metric,
        "kind": {"drift": "drift", "tail": "tail"}.get(family, "static"),
        "direction": "both" if family in ("metrics", "tail") else "above", "warn": "0.0001",
        "window_name": "day", "for_windows": "1", "min_rows": "20",
    }
    for family, metrics in JUDGED.items()
    for metric in metrics
]  # fmt: skip

pytestmark = pytest.mark.promise(1)


def log() -> pd.DataFrame:
    """Each hostile text is in a route; all routes are broken in the last days."""
    random = np.random.default_rng(36)
    count = DAYS * PER_DAY * len(ROUTES)
    number = np.arange(count)
    day = number // (PER_DAY * len(ROUTES))
    broken = day >= BROKEN
    amount = random.lognormal(2.5, 0.5, count) * np.where(broken, 3.0, 1.0)
    kinds = random.integers(0, len(CATEGORIES) - 1, count)
    p = random.random(count)
    return pd.DataFrame(
        {
            "id": [f"r{one}" for one in number],
            "at": START + pd.to_timedelta(number * DAYS * 86_400 / count, unit="s"),
            "version": np.array(VERSIONS, dtype=object)[(number // len(ROUTES)) % 2],
            "route": np.array(ROUTES, dtype=object)[number % len(ROUTES)],
            "half": np.array(STATEMENTS, dtype=object)[number % 2],
            "arm": "'{end}'",
            "p": p,
            "bought": (random.random(count) < np.where(broken, 1 - p, p)).astype(int),
            "amount": np.where(broken & (random.random(count) < 0.3), np.nan, amount),
            ODD_COLUMN: amount,
            # its p95 is 0.2: next to nothing
            "balance": random.normal(0.2 - 1.645, 1.0, count) - np.where(broken, 3.0, 0.0),
            "kind": np.array(CATEGORIES, dtype=object)[
                np.where(broken, len(CATEGORIES) - 1, kinds)
            ],
            "note": np.array(HOSTILE, dtype=object)[number % len(HOSTILE)],
            "item": np.array(HOSTILE, dtype=object)[
                (random.random(count) ** np.where(broken, 4, 1) * len(HOSTILE)).astype(int)
            ],
        }
    )


@pytest.fixture(scope="module")
def project(request: pytest.FixtureRequest) -> Project:
    contacts = {"contact_id": "all", "channel": "slack", "address_variable": "MODEL_MONITOR_HOOK"}
    made = on_engine(
        request, "hostile", [MONITOR],
        {
            "scores": log(), "rules": pd.DataFrame(RULES), "contacts": pd.DataFrame([contacts]),
        },
        {
            "alert_rules": {"source": ["logs", "rules"]},
            "contacts": {"source": ["logs", "contacts"]},
        },
    )  # fmt: skip
    made.build(str(AS_OF))
    return made


def test_every_hostile_text_is_in_a_route() -> None:
    assert all(any(text in route for route in ROUTES) for text in HOSTILE)


def labelled(values: tuple[str, ...]) -> set[str]:
    """As a slice calls them: what looks like a word of ours is quoted."""
    return {
        f'"{value}"' if value in ("(all)", "(other)", "(missing)") else value for value in values
    }


@ON_BOTH
def test_no_value_of_a_log_changes_a_query(project: Project, evidence: Note) -> None:
    alerts = project.frame("monitor_alerts")
    routes = alerts[alerts["slice_name"] == "route"]
    # the file that takes them to Postgres has one way to end a line
    found = {value.replace("\r\n", "\n") for value in routes["slice_value"]}
    assert found == {value.replace("\r\n", "\n") for value in labelled(ROUTES)}
    assert set(alerts["model_version"]) == {"(all)", *VERSIONS}
    judged = {(row["family"], row["metric"]) for row in alerts.to_dict("records")}
    assert judged >= {(family, metric) for family, metrics in JUDGED.items() for metric in metrics}
    # each way to write a query, of each version and of each route
    ways = ["family", "metric"]
    chosen = pd.concat(
        [
            alerts.drop_duplicates([*ways, "subject", "model_version"]),
            alerts.drop_duplicates([*ways, "slice_name"]),
            alerts.drop_duplicates(["family", "slice_value"]),
        ]
    ).drop_duplicates("alert_id")
    wrong = []
    with read_only(project) as ask:
        for alert in chosen.to_dict("records"):
            try:
                value = ask(alert["reproduce_sql"])
            except Exception as error:  # noqa: BLE001 whatever the engine says is wrong
                value = f"{error}"[:200]
            near = NEAR.get(alert["metric"], 1e-6) * max(1.0, abs(alert["current_value"]))
            if not isinstance(value, float) or abs(value - alert["current_value"]) > near:
                names = (*ways, "subject", "slice_name", "slice_value", "current_value")
                wrong.append([*(alert[name] for name in names), value])
    evidence(
        f"alert queries over hostile values that give the alert's value, of {len(chosen)}",
        len(chosen) - len(wrong),
    )
    assert wrong == [], f"{len(wrong)} of {len(chosen)}: {wrong[:5]}"


@contextmanager
def read_only(project: Project) -> Iterator[Callable[[str], Any]]:
    """What answers one query, and changes nothing."""
    if isinstance(project, PostgresProject):
        connection = project.server.connect(project.database)
        connection.set_session(readonly=True, autocommit=True)
        with connection.cursor() as cursor:
            cursor.execute(f"set search_path to {project.schema}")

            def ask(query: str) -> Any:
                # a cursor is opened for one statement, and one that gives rows
                block = f"do {literal(f'declare c refcursor; begin open c for execute {literal(query)}; end')}"
                cursor.execute(block)
                cursor.execute(query)
                return float(cursor.fetchone()[0])

            yield ask
        connection.close()
        return
    with duckdb.connect(str(project.file), read_only=True) as connection:

        def ask(query: str) -> Any:
            (statement,) = duckdb.extract_statements(query)
            assert statement.type == duckdb.StatementType.SELECT
            return float(connection.execute(query).fetchall()[0][0])

        yield ask


@ON_BOTH
def test_values_are_texts_in_every_table(project: Project) -> None:
    alerts, told = project.frame("monitor_alerts"), project.frame("monitor_outbox")
    assert set(told["alert_id"]) <= set(alerts["alert_id"])
    for name in ("slice_value", "model_version"):
        assert set(told[name]) <= set(alerts[name])
    tables = project.query("select table_name from information_schema.tables")["table_name"]
    assert "pwned" not in set(tables)


@ON_BOTH
def test_values_are_one_line_of_at_most_80_characters_in_words(project: Project) -> None:
    alerts, incidents = project.frame("monitor_alerts"), project.frame("monitor_incidents")
    told = project.frame("monitor_outbox")
    assert not told.empty
    spoken = ("message", "what", "location", "likely_cause", "top_segments", "top_bins")
    for table in (alerts, incidents, told):
        for name in (*spoken, "top_contributors"):
            for text in set(table[name].dropna()) if name in table else ():
                assert one_line(text) == text
    assert alerts["location"].str.len().max() == 80
    long = alerts[alerts["location"].str.len() == 80]
    assert long["location"].str.endswith("…").all()
    # version, slice and three segments of it
    assert alerts["message"].str.len().max() < 600
    route = f"in {one_line(ROUTES[0])[:79]}… since "
    assert (
        alerts[alerts["slice_value"] == ROUTES[0]]["message"].str.contains(route, regex=False).all()
    )
    assert any(one_line(VERSIONS[0]) in message for message in alerts["message"])


@ON_BOTH
def test_a_shift_against_next_to_nothing_is_told_in_the_subjects_unit(project: Project) -> None:
    tails = project.frame("monitor_alerts", "family = 'tail' and slice_name = '(all)'")
    whole = tails[tails["model_version"] == "(all)"]
    balance = whole[whole["subject"] == "balance"]["message"]
    assert balance.str.contains(
        r"^shop: balance p95 fell to -2\.\d+ \(normally 0\.\d+\) since "
    ).all()
    amount = whole[whole["subject"] == "odd"]["message"]
    assert amount.str.contains(r"^shop: odd p95 up \d+% since ").all()
    assert len(balance)
    assert len(amount)
