"""The result tables as pandas frames, for notebooks and scripts.

Every frame is a SELECT on a public table. Filters become literals, so a name cannot act.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, chdir, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from model_monitor.errors import MonitorError, NotAProjectError, UsageError
from model_monitor.output import Output
from model_monitor.severity import SEVERITIES
from model_monitor.text import WHOLE, nearest
from model_monitor.warehouse.artifacts import Artifacts, artifacts, named_artifacts
from model_monitor.warehouse.locks import WAIT_SECONDS
from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.rows import as_utc
from model_monitor.warehouse.settings import Settings, entered

if TYPE_CHECKING:
    import pandas as pd

Text = str | None
Time = str | date | None
PathName = str | os.PathLike[str]
SHOWN = 20
OPEN = ("firing", "acknowledged")
# Arguments whose values are fixed. Of the others, the values that a table has are valid.
VALID = {
    "state": ("open", "pending", *OPEN, "stale", "resolved", "accepted", "retired"),
    "severity": SEVERITIES,
    "status": (
        "ok", "drifted", "insufficient_data", "constant", "missing", "type_changed",
        "ruler_changed",
    ),
    "resolution": ("day", "7d", "30d", "too_small", "unlabelled"),
}  # fmt: skip
# The column that `since` and `until` are compared with: the first that a table has.
BEGINNINGS = (
    "window_start", "last_seen_at", "fired_at", "acted_at", "attempted_at", "predicted_at",
    "as_of", "started_at", "valid_from",
)  # fmt: skip
ENDS = ("window_end", *BEGINNINGS[1:])
# Tables that list every monitor, also one without results.
ROSTERS = ("monitor_health", "monitor_watermarks", "monitor_alerts")
NO_PANDAS = "pandas is not installed. To install it: pip install pandas"


@dataclass(frozen=True)
class Filter:
    """A condition on one column, from an argument."""

    argument: str
    column: str
    values: tuple[str, ...]


def opened(
    project_dir: PathName,
    target: str | None,
    profiles_dir: PathName | None,
    manifest: PathName | None,
    *,
    start_dbt: bool,
) -> Results:
    """As `model_monitor.open`."""
    folder = Path(project_dir).absolute()
    if not (folder / "dbt_project.yml").is_file():
        raise NotAProjectError(
            f"no dbt_project.yml in {folder}. Name the folder of your dbt project: "
            "open(project_dir=…)"
        )
    settings = Settings(folder, None if profiles_dir is None else Path(profiles_dir), target)
    named = None if manifest is None else Path(manifest).absolute()
    # opening a project enters its folder, and a notebook must stay where it is
    with chdir(Path.cwd()):
        settings = entered(settings)
        return Results(project(settings, named, start_dbt=start_dbt), folder)


def project(settings: Settings, manifest: Path | None, *, start_dbt: bool) -> Artifacts | Project:
    if start_dbt:
        if manifest is not None:
            raise UsageError("manifest: not valid with start_dbt, because dbt writes its own.")
        found = Project(settings)
        _ = found.manifest
        return found
    try:
        if manifest is not None:
            return named_artifacts(settings, manifest, writes=False)
        return artifacts(settings, writes=False)
    except NeedsDbtError as reason:
        target = "" if settings.target is None else f" --target {settings.target}"
        raise MonitorError(
            f"The results cannot be found without dbt, because {reason}. "
            f"Run `dbt parse{target}` in {settings.project_dir}, name a manifest with manifest=…, "
            "or let dbt read the project: open(…, start_dbt=True)"
        ) from reason
    except UsageError as error:
        raise UsageError(str(error).removeprefix("--")) from error


class Results:
    """The results of one project. Each method returns a frame; an empty one has its columns.

    In a `with` block one connection stays open. Without it, each method opens its own, so that a
    run is never kept waiting by an open notebook.
    """

    def __init__(self, project: Artifacts | Project, folder: Path) -> None:
        self._project = project
        self._folder = folder
        self._say: Callable[[str], None] = Output().note
        self._wait = WAIT_SECONDS
        self._block = ExitStack()

    def __enter__(self) -> Self:
        with chdir(self._folder):
            self._block.enter_context(self._connection())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._block.close()

    def __repr__(self) -> str:
        return f"<model_monitor results of {self._folder}>"

    # ---- what people ask for ---------------------------------------------------------------------

    def monitors(self) -> list[str]:
        """The names of all monitors that have been evaluated."""
        with self._reading():
            names: set[str] = set()
            for table in ROSTERS:
                relation = self._existing(table)
                if relation is not None:
                    names |= set(self._distinct(relation, "monitor", []))
            return sorted(names)

    def tables(self) -> list[str]:
        """The names for `table`."""
        return sorted(name for name in self._project.names if name.startswith("monitor_"))

    def health(self, *, monitor: Text = None) -> pd.DataFrame:
        """The present state of each monitor and of its live versions, and what to do.

        A monitor that could not be evaluated has a row too.
        """
        order = "monitor, model_version"
        return self._frame("monitor_health", filters(monitor=monitor), None, None, order)

    def triggers(
        self, *, monitor: Text = None, kind: Text = None, action: Text = None
    ) -> pd.DataFrame:
        """What asks for a retraining or another action, what blocks it, and who may approve it."""
        found = filters(monitor=monitor, kind=kind, action=action)
        order = "monitor, model_version, action, kind"
        return self._frame("monitor_triggers", found, None, None, order)

    def incidents(
        self,
        *,
        monitor: Text = None,
        state: Text = None,
        severity: Text = None,
        since: Time = None,
    ) -> pd.DataFrame:
        """Incidents, the latest first. `state="open"` is firing or acknowledged.

        `since` keeps those that were seen on or after that time.
        """
        found = filters(monitor=monitor, state=state, severity=severity)
        return self._frame("monitor_incidents", found, since, None, "since desc, incident_id")

    def alerts(
        self,
        *,
        monitor: Text = None,
        subject: Text = None,
        state: Text = None,
        severity: Text = None,
        since: Time = None,
    ) -> pd.DataFrame:
        """Alerts, the latest first: every breach behind the incidents. As `incidents` otherwise."""
        found = filters(monitor=monitor, subject=subject, state=state, severity=severity)
        return self._frame("monitor_alerts", found, since, None, "since desc, alert_id")

    def drift(  # noqa: PLR0913  (the keys of the table, by name)
        self,
        *,
        monitor: Text = None,
        subject: Text = None,
        since: Time = None,
        until: Time = None,
        log: Text = None,
        baseline: Text = None,
        status: Text = None,
        window: Text = "day",
        model_version: Text = WHOLE,
        slice_name: Text = WHOLE,
        slice_value: Text = None,
        role: Text = "live",
    ) -> pd.DataFrame:
        """Distances from each baseline, by window: all rows of all live versions, by the day.

        None as an argument means all values: `slice_name=None` also gives the slices.
        """
        found = filters(
            monitor=monitor, log=log, subject=subject, baseline=baseline, status=status,
            window=window, model_version=model_version, slice_name=slice_name,
            slice_value=slice_value, role=role,
        )  # fmt: skip
        order = "monitor, log, subject, baseline, window_name, window_end"
        return self._frame("monitor_drift", found, since, until, order)

    def performance(  # noqa: PLR0913  (the keys of the table, by name)
        self,
        *,
        monitor: Text = None,
        score: Text = None,
        outcome: Text = None,
        since: Time = None,
        until: Time = None,
        window: Text = "day",
        model_version: Text = WHOLE,
        slice_name: Text = WHOLE,
        slice_value: Text = None,
        role: Text = "live",
    ) -> pd.DataFrame:
        """How good the predictions were, by window. Rows that are not `is_final` still change."""
        found = filters(
            monitor=monitor, score=score, outcome=outcome, window=window,
            model_version=model_version, slice_name=slice_name, slice_value=slice_value, role=role,
        )  # fmt: skip
        order = "monitor, score, outcome, class, window_name, window_end"
        return self._frame("monitor_performance", found, since, until, order)

    def coverage(
        self, *, monitor: Text = None, subject: Text = None, resolution: Text = None
    ) -> pd.DataFrame:
        """What is evaluated daily, weekly, monthly or not at all, and why."""
        found = filters(monitor=monitor, subject=subject, resolution=resolution)
        order = "monitor, log, family, subject, model_version, slice_name, slice_value"
        return self._frame("monitor_coverage", found, None, None, order)

    def notices(
        self, *, monitor: Text = None, kind: Text = None, severity: Text = None
    ) -> pd.DataFrame:
        """Everything that needs attention but is not an alert, warnings first."""
        found = filters(monitor=monitor, kind=kind, severity=severity)
        order = "severity desc, kind, monitor, log, subject, slice_name, slice_value"
        return self._frame("monitor_notices", found, None, None, order)

    def table(
        self,
        name: str,
        *,
        monitor: Text = None,
        subject: Text = None,
        since: Time = None,
        until: Time = None,
    ) -> pd.DataFrame:
        """Any result table, or its rows of a monitor, a subject or a time."""
        if name not in self.tables():
            raise UsageError(f"table: no such table. {nearest(name, self.tables())}. Got: {name}")
        found = filters(monitor=monitor, subject=subject)
        return self._frame(name, found, since, until, None)

    # ---- how it is read --------------------------------------------------------------------------

    def _frame(
        self, name: str, wanted: Sequence[Filter], since: Time, until: Time, order: str | None
    ) -> pd.DataFrame:
        check_pandas()
        bounds = {"since": as_time("since", since), "until": as_time("until", until)}
        with self._reading():
            relation = self._existing(name)
            if relation is None:
                raise MonitorError(
                    f"The table {name} does not exist yet. To build it: model-monitor run"
                )
            columns = self._columns(relation)
            conditions = [self._condition(each, name, columns) for each in wanted]
            conditions += times(name, columns, bounds)
            sql = f"select * from {relation}{where(conditions)}"
            found = self._project.warehouse.query(f"{sql} order by {order}" if order else sql)
            if found.empty:
                self._explain(relation, wanted)
            return found

    def _explain(self, relation: str, wanted: Sequence[Filter]) -> None:
        """Why there is no row: raise if a value is in no row at all."""
        scope: list[Filter] = []
        for each in sorted(wanted, key=lambda each: each.column != "monitor"):
            if each.argument in VALID:
                continue
            if each.column == "monitor":
                known = self.monitors()
            else:
                known = self._distinct(relation, each.column, scope)
            if known and not set(each.values) & set(known):
                if len(known) > SHOWN:
                    valid = nearest(each.values[0], known)
                else:
                    valid = f"Valid: {', '.join(known)}"
                raise UsageError(
                    f"{each.argument}: no results. {valid}. Got: {', '.join(each.values)}"
                )
            if each.column in ("monitor", "slice_name"):
                scope.append(each)

    def _distinct(self, relation: str, column: str, scope: Sequence[Filter]) -> list[str]:
        conditions = [f"{column} is not null", *(self._text(each) for each in scope)]
        sql = f"select distinct {column} as name from {relation}{where(conditions)} order by name"
        return [str(row["name"]) for row in self._project.warehouse.rows(sql)]

    def _condition(self, wanted: Filter, table: str, columns: Sequence[str]) -> str:
        if wanted.column not in columns:
            raise UsageError(
                f"{wanted.argument}: {table} has no column {wanted.column}. "
                f"Its columns: {', '.join(columns)}"
            )
        return self._text(wanted)

    def _text(self, wanted: Filter) -> str:
        listed = [self._project.warehouse.literal(value) for value in wanted.values]
        return f"{wanted.column} in ({', '.join(listed)})"

    def _columns(self, relation: str) -> list[str]:
        found = self._project.warehouse.columns(relation) or []
        return [column.name.lower() for column in found]

    def _existing(self, name: str) -> str | None:
        relation = self._project.relation(name)
        if relation is None or not self._project.warehouse.exists(relation):
            return None
        return relation

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """The project's folder and one connection, for a block."""
        with chdir(self._folder), self._connection():
            yield

    def _connection(self) -> AbstractContextManager[None]:
        return self._project.warehouse.held(self._say, self._wait)


def check_pandas() -> None:
    try:
        import pandas as pd  # noqa: F401
    except ImportError as error:
        raise MonitorError(NO_PANDAS) from error


def filters(**arguments: Text) -> list[Filter]:
    """The arguments that are given; `window` is the column window_name."""
    found = []
    for name, value in arguments.items():
        if value is None:
            continue
        if not isinstance(value, str):
            raise UsageError(f"{name}: not a text. Valid: one name, or None for all. Got: {value}")
        if value not in VALID.get(name, (value,)):
            raise UsageError(f"{name}: Valid: {', '.join(VALID[name])}. Got: {value}")
        column = "window_name" if name == "window" else name
        found.append(Filter(name, column, OPEN if (name, value) == ("state", "open") else (value,)))
    return found


def as_time(name: str, value: Any) -> datetime | None:
    """A day or a time in UTC. A time with a zone is converted."""
    if value is None:
        return None
    try:
        # a date is no datetime, and a Timestamp of pandas is one
        found = datetime.fromisoformat(value if isinstance(value, str) else value.isoformat())
    except (AttributeError, ValueError) as error:
        raise UsageError(
            f"{name}: not a day or time. Valid: 2026-06-01, '2026-06-01 12:00', a date or a "
            f"datetime. Got: {value}"
        ) from error
    return as_utc(found)


def times(table: str, columns: Sequence[str], bounds: Mapping[str, datetime | None]) -> list[str]:
    found = []
    for argument, sign, candidates in (("since", ">=", BEGINNINGS), ("until", "<=", ENDS)):
        moment = bounds[argument]
        if moment is None:
            continue
        column = next((each for each in candidates if each in columns), None)
        if column is None:
            raise UsageError(f"{argument}: {table} has no time to compare with. Leave it out.")
        found.append(f"{column} {sign} timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'")
    return found


def where(conditions: Sequence[str]) -> str:
    return f" where {' and '.join(conditions)}" if conditions else ""
