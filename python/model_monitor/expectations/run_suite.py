"""Runs Great Expectations on one frame after the other. Imported late: it takes seconds.

The context is ephemeral: it writes no file, prints nothing and sends nothing.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

# Great Expectations reads this on import.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import great_expectations as gx
    from great_expectations.checkpoint import ValidationAction
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
    )

from model_monitor.expectations.suites import Expectation, Suite

HELD, FAILED, NOT_EVALUATED, LEFT_OUT = "held", "failed", "not evaluated", "left out"
SHOWN_ROWS = 3
# Options of the command line, by the parameter that they set.
OPTIONS = {"max_age_hours": "--max-age", "max_lag_hours": "--max-lag", "reproduce": "--reproduce"}


@dataclass(frozen=True)
class Outcome:
    """The outcome of one expectation."""

    suite: str
    table: str
    name: str
    means: str
    state: str
    severity: str = "critical"
    do: str = ""
    reason: str = ""  # why it was not evaluated or skipped
    where: str = ""  # a condition that selects the failing rows
    count: int = 0
    of: int = 0
    examples: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)


class Collect(ValidationAction):  # type: ignore[misc]  # Any to mypy
    """The checkpoint's action: collects the result of every expectation as an Outcome."""

    type: str = "model_monitor_collect"
    suite: Any
    found: list[Any]

    def run(self, checkpoint_result: Any, action_context: Any = None) -> dict[str, Any]:  # noqa: ARG002  (required signature)
        for validation in checkpoint_result.run_results.values():
            self.found += [outcome(self.suite, result) for result in validation.results]
        return {}


def evaluate(suite: Suite, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> list[Outcome]:
    """The outcome of every expectation of a suite, in order."""
    chosen: list[Expectation] = []
    left_out: list[Outcome] = []
    for expectation in suite.expectations:
        reason = left_out_for(expectation, frame, parameters)
        if reason:
            left_out.append(described(suite, expectation, LEFT_OUT, reason=reason))
        else:
            chosen.append(expectation)
    found: list[Outcome] = []
    try:
        found = checkpoint_run(suite, chosen, frame, parameters) if chosen else []
    except Exception as error:  # noqa: BLE001 a suite may use anything of Great Expectations
        reason = f"{type(error).__name__}: {error}"
        found = [described(suite, each, NOT_EVALUATED, reason=reason) for each in chosen]
    order = {name_of(each): index for index, each in enumerate(suite.expectations)}
    return sorted([*found, *left_out], key=lambda each: order[each.name])


def in_memory() -> Any:
    """A context of Great Expectations that writes no file, prints and sends nothing."""
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars={"globally": False, "metric_calculations": False},
    )
    return gx.get_context(project_config=config, mode="ephemeral")


def checkpoint_run(
    suite: Suite,
    expectations: Sequence[Expectation],
    frame: pd.DataFrame,
    parameters: Mapping[str, Any],
) -> list[Outcome]:
    context = in_memory()
    source = context.data_sources.add_pandas("results")
    rows = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("all")
    made = gx.ExpectationSuite(suite.name, expectations=[fresh(each) for each in expectations])
    validation = context.validation_definitions.add(
        gx.ValidationDefinition(name=suite.name, data=rows, suite=context.suites.add(made))
    )
    keys = [key for key in suite.keys if key in frame]
    form = {"unexpected_index_column_names": keys} if keys else {}
    action = Collect(name="collect", suite=suite, found=[])
    checkpoint = gx.Checkpoint(
        name=suite.name,
        validation_definitions=[validation],
        actions=[action],
        result_format={"result_format": "COMPLETE", **form},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checkpoint.run(
            batch_parameters={"dataframe": frame}, expectation_parameters=dict(parameters)
        )
    found: list[Outcome] = action.found
    return found


def fresh(expectation: Expectation) -> Expectation:
    """A copy without an id, because a context accepts an expectation only once."""
    return expectation.configuration.to_domain_obj()


def left_out_for(
    expectation: Expectation, frame: pd.DataFrame, parameters: Mapping[str, Any]
) -> str:
    """Why an expectation is skipped: a missing option or a missing column."""
    meta = expectation.meta or {}
    asked = meta.get("asks")
    if asked and asked not in parameters:
        return f"{OPTIONS.get(asked, asked)} was not given"
    missing = [column for column in meta.get("needs") or () if column not in frame]
    return f"column {', '.join(missing)} does not exist yet" if missing else ""


def name_of(expectation: Expectation) -> str:
    meta = expectation.meta or {}
    config = expectation.configuration
    columns = [
        str(value)
        for key, value in config.kwargs.items()
        if key in ("column", "column_A", "column_B")
    ]
    return str(meta.get("name") or " ".join([config.type, *columns]))


def described(suite: Suite, expectation: Expectation, state: str, **more: Any) -> Outcome:
    meta = expectation.meta or {}
    severity = getattr(expectation, "severity", None) or "critical"
    return Outcome(
        suite=suite.name,
        table=suite.table,
        name=name_of(expectation),
        means=str(meta.get("means") or expectation.configuration.kwargs),
        state=state,
        severity=str(getattr(severity, "value", severity)),
        do=str(meta.get("do") or suite.meta.get("do") or ""),
        where=str(meta.get("rows") or ""),
        **more,
    )


def outcome(suite: Suite, result: Any) -> Outcome:
    expectation = result.expectation_config.to_domain_obj()
    if result.success:
        return described(suite, expectation, HELD)
    problem = raised(result.exception_info or {})
    if problem:
        return described(suite, expectation, NOT_EVALUATED, reason=problem)
    found = result.result
    rows = found.get("unexpected_index_list") or []
    examples = [plain(row) for row in rows[:SHOWN_ROWS] if isinstance(row, Mapping)]
    if not examples and "observed_value" in found:
        examples = [plain({"observed": found["observed_value"]})]
    return described(
        suite,
        expectation,
        FAILED,
        count=int(found.get("unexpected_count") or 0),
        of=int(found.get("element_count") or 0),
        examples=tuple(examples),
    )


def raised(info: Mapping[str, Any]) -> str:
    """The message of an exception, which comes alone or under the metric that raised it."""
    for each in [info, *info.values()]:
        if isinstance(each, Mapping) and each.get("raised_exception"):
            return str(each.get("exception_message") or "an exception without a message")
    return ""


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()
    }
