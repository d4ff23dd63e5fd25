"""Logs whose numbers are as large, as small or as alike as doubles can be, and healthy ones beside them.

One sick monitor of a kind holds every value at once: a column each. The healthy one of that kind is
configured alike, and its columns are ordinary numbers.
"""

from __future__ import annotations

from typing import Any

AS_OF = "2026-02-01 06:00:00"
DAYS = 31
ROWS = 32 * DAYS

LARGEST, SMALLEST = "1.7976931348623157e308", "5e-324"
VALUES = {
    "e15": "1e15", "e18": "1e18", "e29": "1e29", "e99": "9e99", "largest": LARGEST,
    "smallest": SMALLEST, "alike": "0",
}  # fmt: skip
ORDINARY = {"one": "1"}
HEALTHY = ("number_healthy", "listed_healthy")
PREDICTIONS = {
    "time": "happened_at", "loaded_at": "loaded_at", "version": "version", "id": "id",
    "request": "request", "user": "person", "item": "item",
}  # fmt: skip


def _sick(value: str) -> str:
    v = f"cast('{value}' as double)"
    return f"case i % 3 when 0 then {v} when 1 then -{v} else z * least({v}, 1) end"


def _log(values: dict[str, str], reference: bool = False) -> str:
    """x is sick throughout; `late` in production from the 20th on, `early` in the reference alone."""
    columns = []
    for name, value in values.items():
        sick = _sick(value)
        late = "z" if reference else f"case when i > {ROWS * 2 // 3} then {sick} else z end"
        columns += [
            f"{sick} as x_{name}",
            f"{sick} as p_{name}",
            f"{late} as late_{name}",
            f"{sick if reference else 'z'} as early_{name}",
            f"case when i % 5 = 0 then z else {sick} end as y_{name}",
        ]
    return f"""
select
    'p' || i as id, 'r' || (i // 4) as request, 'u' || (i % 50) as person, 'i' || (i % 7) as item,
    timestamp '2026-01-01' + interval (i * {DAYS} * 86400 // {ROWS}) second as happened_at,
    timestamp '2026-01-01' + interval (i * {DAYS} * 86400 // {ROWS} + 300) second as loaded_at,
    ['v1', 'v2'][1 + i % 2] as version, ['north', 'south'][1 + i % 5 // 3] as region,
    {", ".join(columns)}
from (
    select i, cast(round(sin(i{" + 0.5" if reference else ""}) * 10, 2) as double) as z
    from range({ROWS}) as rows (i)
) as numbers"""


def _labels(values: dict[str, str]) -> str:
    kinds = " union all by name ".join(
        f"select id as prediction, 'y_{name}' as name, happened_at + interval 1 hour as at,"
        f" y_{name} as value from log"
        for name in values
    )
    return f"with log as ({_log(values)}) {kinds}"


def _kinds(values: dict[str, str]) -> dict[str, dict[str, Any]]:
    """An outcome per value, each a proxy of the next."""
    kinds: dict[str, dict[str, Any]] = {}
    for days, name in enumerate(values, 1):
        before = [*kinds][-1:]
        kinds[f"y_{name}"] = {
            "matures_after": f"{days}d",
            **({"proxy": before[0]} if before else {}),
        }
    return kinds


def _outcomes(name: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "source": ["logs", f"{name}_labels"], "prediction": "prediction", "value": "value",
        "time": "at", "name": "name", "kinds": _kinds(values),
    }  # fmt: skip


def _number(name: str, values: dict[str, str]) -> dict[str, Any]:
    """A regression: features, scores, labels, metrics, weights, an SLA and a log of its own."""
    features: dict[str, dict[str, Any]] = {}
    metrics: dict[str, dict[str, Any]] = {}
    for each in values:
        features |= {
            f"x_{each}": {},
            f"early_{each}": {},
            f"late_{each}": {"min": -100, "max": 100},
        }
        metrics |= {
            f"total_{each}": {"numerator": f"x_{each}", "expected": "seasonal"},
            f"ratio_{each}": {"numerator": f"late_{each}", "denominator": f"abs(y_{each})"},
            f"each_{each}": {"numerator": f"x_{each}", "per": "user"},
        }
    first = next(iter(values))
    return {
        "name": name,
        "problem": "regression",
        "predictions": {"source": ["logs", name], **PREDICTIONS},
        "scores": {f"p_{each}": {"outcome": f"y_{each}"} for each in values},
        "features": features,
        "operations": {"slow": {"column": f"x_{first}", "sla": {"p95": 5, "mean": 1}}},
        "metrics": metrics,
        "outcomes": _outcomes(name, values),
        "logs": {"requests": {"from": "predictions", "per": "request", "subjects": {
            f"span_{each}": {"sql": f"max(x_{each}) - min(x_{each})"} for each in values}}},
        "reference": {"source": ["logs", f"{name}_reference"], "time": "happened_at"},
        "slices": ["region"],
        "windows": ["day", "7d"],
        "limits": {"min_rows": 5, "min_cell": 2},
    }  # fmt: skip


def _listed(name: str, values: dict[str, str]) -> dict[str, Any]:
    """Rankings by scores and positions, with a reference in the log's own first week."""
    last = [*values][-1]
    return {
        "name": name,
        "problem": "ranking",
        "predictions": {"source": ["logs", name], "position": f"x_{last}", **PREDICTIONS},
        "scores": {
            f"p_{each}": {"outcome": f"y_{each}", "kind": "regression"}
            for each in values
        },
        "features": [f"x_{each}" for each in values],
        "ranking": {"order_by": f"p_{next(iter(values))}", "ks": [2]},
        "outcomes": _outcomes(name, values),
        "exposure": {"item": "item"},
        "reference": {"from": "2026-01-01", "to": "2026-01-08"},
        "windows": ["day"],
        "limits": {"min_rows": 5, "min_cell": 2},
    }  # fmt: skip


def _decided(name: str, values: dict[str, str]) -> dict[str, Any]:
    """Probabilities that are none, weights and amounts beyond every scale."""
    last = [*values][-1]
    return {
        "name": name,
        "problem": "binary",
        "predictions": {"source": ["logs", name], "label": f"x_{last}", **PREDICTIONS},
        "scores": {f"x_{each}": {"outcome": "label", "threshold": 0.5} for each in values},
        "features": {f"late_{each}": {"importance": min(float(value), 1e29)} for each, value in values.items()},
        "costs": {"true_positive": 1e29, "false_positive": -1e29, "true_negative": 1e-320},
        "windows": ["day"],
        "limits": {"min_rows": 5, "min_cell": 2},
    }  # fmt: skip


def _priced(name: str) -> dict[str, Any]:
    """What decisions are worth by amounts beyond every scale."""
    decided = _decided(name, {"e15": VALUES["e15"], "alike": VALUES["alike"]})
    return decided | {
        "name": "priced_sick",
        "scores": {"x_e15": {"outcome": "label", "threshold": 0}},
        "features": ["early_e15"],
        "costs": {
            "true_positive": "x_largest * 2", "false_positive": "x_e99", "true_negative": "x_e15 * 3",
            "false_negative": "-x_smallest",
        },
    }  # fmt: skip


def project_of(sick: bool) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The healthy monitors and their tables, with or without all sick ones."""
    monitors = [_number("number_healthy", ORDINARY), _listed("listed_healthy", ORDINARY)]
    logs = {"number_healthy": ORDINARY, "listed_healthy": ORDINARY}
    if sick:
        monitors += [
            _number("number_sick", VALUES), _listed("listed_sick", VALUES),
            _decided("decided_sick", VALUES), _priced("decided_sick"), _number("one_row", {"e29": "1e29"}),
        ]  # fmt: skip
        logs |= {"number_sick": VALUES, "listed_sick": VALUES, "decided_sick": VALUES}
    tables = {}
    for name, values in logs.items():
        tables[name] = _log(values)
        tables[f"{name}_reference"] = _log(values, reference=True)
        tables[f"{name}_labels"] = _labels(values)
    if sick:
        one = {"e29": "1e29"}
        tables |= {
            "one_row": f"{_log(one)} where i = 600",
            "one_row_reference": f"{_log(one, reference=True)} where i = 600",
            "one_row_labels": _labels(one),
        }
    return monitors, tables
