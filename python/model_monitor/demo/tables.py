"""All tables of a demo as frames, in chunks of a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from .fraud import build_accounts
from .fraud_tables import fraud_day, fraud_training_day
from .home_tables import home_day, home_training_day
from .home_world import build_world
from .house_price import house_day, house_training_day
from .registry import CONTACTS, Change, binary_metrics, changes, regression_metrics, versions
from .schedule import Schedule
from .schema import TABLES
from .settings import TRAINING_DAYS, Columns, Settings
from .truth import truth_rows
from .truth_home import home_incidents
from .truth_others import other_incidents

Chunk = tuple[str, pd.DataFrame]
_COLUMNS = {table.name: [column.name for column in table.columns] for table in TABLES}


def chunks(settings: Settings) -> Iterator[Chunk]:
    """Chunks of every table, in a fixed order; concatenate the chunks of a table."""
    schedule = Schedule.of(settings.days)
    world, accounts = build_world(settings), build_accounts(settings)
    learned: dict[tuple[str, str], list[Columns]] = defaultdict(list)
    for day in range(-TRAINING_DAYS, 0):
        feed = home_training_day(settings, world, schedule, day)
        fraud, by_v6 = fraud_training_day(settings, accounts, schedule, day)
        houses = house_training_day(settings, schedule, day)
        yield _chunk(settings, "home_feed_training", feed)
        yield _chunk(settings, "fraud_training", fraud)
        yield _chunk(settings, "house_price_training", houses)
        _learn(learned, feed, fraud, {**fraud, "p_fraud": by_v6}, houses)
    for day in range(settings.days):
        days = (
            home_day(settings, world, schedule, day),
            fraud_day(settings, accounts, schedule, day),
            house_day(settings, schedule, day),
        )
        for name, columns in (item for tables in days for item in tables.items()):
            yield _chunk(settings, name, columns)
    yield _rows(settings, "changes", map(asdict, changes(schedule)))
    yield _rows(settings, "versions", map(asdict, versions(schedule)))
    yield _rows(settings, "version_metrics", _version_metrics(schedule, learned))
    yield _rows(settings, "contacts", map(asdict, CONTACTS))
    incidents = (*home_incidents(schedule), *other_incidents(schedule))
    yield _rows(settings, "demo_incidents", map(asdict, truth_rows(incidents, schedule)))


def _chunk(settings: Settings, name: str, columns: Columns) -> Chunk:
    """Keep texts as objects, which saves pandas an inspection of each text."""
    frame = pd.DataFrame(
        {
            column: pd.Series(columns[column], dtype=columns[column].dtype)
            for column in _COLUMNS[name]
        }
    )
    return name + settings.suffix, frame


def _rows(settings: Settings, name: str, rows: Iterable[dict[str, Any]]) -> Chunk:
    """Small tables: times are microseconds since the first midnight of the log."""
    listed = list(rows)
    columns: Columns = {}
    for column in next(table for table in TABLES if table.name == name).columns:
        values = [row[column.name] for row in listed]
        if column.type == "timestamp":
            known = np.array([0 if value is None else value for value in values], dtype=np.int64)
            stamps = settings.timestamps(known)
            stamps[[value is None for value in values]] = np.datetime64("NaT")
            columns[column.name] = stamps
        elif column.type == "double":
            columns[column.name] = np.array(values, dtype=np.float64)
        else:
            columns[column.name] = np.array(values, dtype=object)
    return _chunk(settings, name, columns)


def _learn(learned: dict[tuple[str, str], list[Columns]], *days: Columns) -> None:
    feed, by_v5, by_v6, houses = days
    for version in ("home_ranker_v12", "home_ranker_v13"):
        mine = feed["model_version"] == version
        names = ("p_click", "p_purchase", "clicked", "purchased")
        learned["home_feed", version].append({name: feed[name][mine] for name in names})
    learned["fraud", "fraud_v5"].append(by_v5)
    learned["fraud", "fraud_v6"].append(by_v6)
    learned["house_price", "house_price_v3"].append(houses)


def _version_metrics(
    schedule: Schedule, learned: dict[tuple[str, str], list[Columns]]
) -> Iterator[dict[str, Any]]:
    registered = {(version.monitor, version.model_version) for version in versions(schedule)}
    for (monitor, version), days in learned.items():
        if (monitor, version) not in registered:
            continue
        whole = {name: np.concatenate([day[name] for day in days]) for name in days[0]}
        if monitor == "home_feed":
            found = binary_metrics(whole["p_click"], whole["clicked"])
            second = binary_metrics(whole["p_purchase"], whole["purchased"])
            found |= {f"p_purchase.{name}": value for name, value in second.items()}
        elif monitor == "fraud":
            found = binary_metrics(whole["p_fraud"], whole["is_fraud"])
        else:
            found = regression_metrics(whole["predicted_price"], whole["sale_price"])
        for metric, value in found.items():
            yield {
                "monitor": monitor,
                "model_version": version,
                "metric": metric,
                "value": round(value, 9),
            }


__all__ = ["Change", "Chunk", "chunks"]
