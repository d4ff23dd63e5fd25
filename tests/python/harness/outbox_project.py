"""A project of three tables in a DuckDB file, without dbt: the outbox, its contacts, deliveries.

The warehouse is the real one, but for how it opens the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from model_monitor.warehouse.connection import Warehouse
from model_monitor.warehouse.engine import Adapter
from model_monitor.warehouse.locks import WAIT_SECONDS, waited
from model_monitor.warehouse.sql_errors import refused

TABLES = """
create table monitor_outbox (
    transition_id varchar, transition varchar, contact_id varchar, channel varchar,
    address_variable varchar, as_of timestamp, episode integer, alert_id varchar, monitor varchar,
    model_version varchar, subject varchar, metric varchar, slice_name varchar, slice_value varchar,
    rule_id varchar, severity varchar, message varchar, since timestamp, owner varchar
);
create table monitor_deliveries (
    transition_id varchar, contact_id varchar, channel varchar, attempted_at timestamp,
    status varchar, attempts integer, detail varchar, not_before timestamp, thread_id varchar
);
create table stg_monitor__contacts (
    contact_id varchar, channel varchar, address_variable varchar, problem varchar
);
"""
FILLED = """
insert into monitor_outbox by name
select
    contact_id || '-' || transition || '-' || i as transition_id, transition, contact_id, channel,
    address_variable, timestamp '2026-05-01' + day * interval 1 day as as_of, 1 as episode,
    'alert' || lpad(i::varchar, 5, '0') as alert_id, 'shop_' || (i % 3) as monitor, 'v1' as model_version,
    'income' as subject, 'psi' as metric, 'region' as slice_name, 'ID' as slice_value,
    'drift' as rule_id, case when i % 10 = 9 then 'critical' else 'warn' end as severity,
    'shop income drifted: number ' || i as message, timestamp '2026-05-01' as since, 'us' as owner
from stg_monitor__contacts
cross join range({first}, {last}) as numbers (i)
cross join (select '{transition}' as transition, {day} as day)
where {where}
"""


class FileWarehouse(Warehouse):
    """Opens the file when it is held, and is closed again."""

    def __init__(self, file: Path) -> None:
        super().__init__(Adapter("duckdb"))
        self._file = file
        self.connection: duckdb.DuckDBPyConnection | None = None

    @property
    def file(self) -> Path:
        return self._file

    @contextmanager
    def connected(self) -> Iterator[None]:
        assert self.connection is not None, "a statement without the file"
        yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("begin")
        yield
        self.execute("commit")

    def _cursor(self, sql: str, bindings: Sequence[Any] | None = None) -> Any:
        assert self.connection is not None
        with refused():
            return self.connection.execute(sql, bindings)

    @contextmanager
    def held(self, say: Callable[[str], None], seconds: float = WAIT_SECONDS) -> Iterator[None]:
        def opened() -> None:
            with refused():
                self.connection = duckdb.connect(str(self._file))

        waited(opened, say, seconds)
        try:
            yield
        finally:
            assert self.connection is not None
            self.connection.close()
            self.connection = None

    def literal(self, text: str) -> str:
        return "'" + text.replace("'", "''") + "'"


class OutboxProject:
    """As much of a project as delivery asks."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.warehouse = FileWarehouse(file)
        self.manifest = None
        self.schema = "main"

    def config(self) -> dict[str, Any]:
        return {"address_prefixes": ["MODEL_MONITOR_"]}

    def relation(self, name: str) -> str:
        return name

    # -- for tests

    def make(self, *contacts: tuple[str, str]) -> None:
        """The tables, with contacts as (id, channel)."""
        with duckdb.connect(str(self.file)) as connection:
            connection.execute(TABLES)
            for name, channel in contacts:
                variable = f"MODEL_MONITOR_{name.upper()}"
                connection.execute(
                    "insert into stg_monitor__contacts values (?, ?, ?, null)",
                    [name, channel, variable],
                )

    def say(
        self, first: int, last: int, transition: str = "firing", day: int = 0, where: str = "true"
    ) -> None:
        """Each contact is to be told of the alerts from `first` to before `last`."""
        filled = FILLED.format(first=first, last=last, transition=transition, day=day, where=where)
        with duckdb.connect(str(self.file)) as connection:
            connection.execute(filled)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file)) as connection:
            return connection.execute(sql).fetchall()

    def statuses(self) -> dict[tuple[str, str], int]:
        """How many attempts each contact has of each status."""
        rows = self.query(
            "select contact_id, status, count(*) from monitor_deliveries group by all order by all"
        )
        return {(contact, status): count for contact, status, count in rows}
