"""The configuration: what is valid, what is said about what is not, and its normal form."""

from __future__ import annotations

import copy
import datetime
import itertools
import json
import math
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from ..harness import config_examples, config_mistakes, config_project
from ..harness.config_harness import CompilerError, configuration, macros, problems

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = yaml.safe_load(config_examples.VALID)
MINIMAL = "[{name: fraud, predictions: {source: [raw, fraud], time: at}, features: [amount]}]"
NAIVE = yaml.safe_load("2026-01-31 06:30:00")  # a time without a zone
MONITOR_KEYS = [
    *["name", "problem", "owner", "runbook", "dashboard", "windows", "baselines", "limits"],
    *["retention", "champion", "reference", "outcomes", "ranking", "experiment", "exposure"],
    *[
        "protected_slices",
        "costs",
        "labelling",
        "examples",
        "recomputed",
        "comparisons",
        "correlations",
        "plugins",
    ],
    *["gates", "retraining", "embeddings", "scores", "logs"],
]
LOG_KEYS = ["name", "from", "per", "relation", "where", "columns", "control"]
LOG_KEYS += ["slices", "subjects", "metrics", "costs"]
SUBJECT_KEYS = [
    *["name", "kind", "type", "sql", "column", "probability", "importance", "critical", "min"],
    *[
        "max",
        "values",
        "stale_above",
        "low_confidence",
        "thresholds",
        "sla",
        "watch",
        "primary",
        "definition",
    ],
]
METRIC_KEYS = ["name", "numerator", "denominator", "per", "where", "layer", "better"]
METRIC_KEYS += ["expected", "target", "counts_repeats"]
COLUMN_KEYS = ["time", "loaded_at", "id", "version", "request", "user", "item", "position"]
COLUMN_KEYS += ["role", "decision", "confidence", "label", "experiment_id", "variant"]


def monitor(text: str, **extra: Any) -> dict[str, Any]:
    """The normal form of one monitor: a minimal one with these additions (YAML)."""
    found = configuration([{**yaml.safe_load(MINIMAL)[0], **yaml.safe_load(text), **extra}])
    return found["monitors"][0]


def log(found: dict[str, Any], name: str = "predictions") -> dict[str, Any]:
    return {item["name"]: item for item in found["logs"]}[name]


def subjects(found: dict[str, Any], name: str = "predictions") -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in log(found, name)["subjects"]}


def assert_normal(found: dict[str, Any]) -> None:
    assert set(found) == {
        "as_of", "policy", "address_prefixes", "playbook_url", "report_url", "monitors", "unused_keys",
    }  # fmt: skip
    for item in found["monitors"]:
        assert sorted(item) == sorted(MONITOR_KEYS)
        assert item["logs"][0]["name"] == "predictions"
        for each in item["logs"]:
            assert sorted(each) == sorted(LOG_KEYS)
            assert sorted(each["columns"]) == sorted(COLUMN_KEYS)
            assert list(each["relation"]) in (["source"], ["ref"])
            assert "volume" in [metric["name"] for metric in each["metrics"]]
            for subject in each["subjects"]:
                assert sorted(subject) == sorted(SUBJECT_KEYS)
                assert isinstance(subject["critical"], bool)
                assert isinstance(subject["watch"], bool)
                assert len(subject["definition"]) == 12
            for metric in each["metrics"]:
                assert sorted(metric) == sorted(METRIC_KEYS)
            names = [subject["name"] for subject in each["subjects"]]
            assert len(names) == len(set(names))


# --- valid configurations ---------------------------------------------------------------------


def test_the_example_of_the_contract_is_valid() -> None:
    assert problems(**EXAMPLE) == []
    found = configuration(**EXAMPLE)
    assert_normal(found)
    home, fraud = found["monitors"]
    assert found["as_of"] == "2026-03-01 04:00:00.000000"
    assert found["policy"]["changes"] == {"source": ["cd", "deploys"]}

    assert [each["name"] for each in home["logs"]] == ["predictions", "requests", "candidates"]
    assert list(subjects(home)) == [
        *["p_click", "p_purchase", "rank_score", "intent", "intent.buy", "intent.browse", "eta"],
        *["item_ctr_7d", "device_os", "is_subscriber", "basket_tokens", "profile_age_hours"],
        *["latency_ms", "is_error", "is_fallback", "confidence", "decision"],
        *["surface", "region", "user_segment", "device", "age_band"],
    ]
    assert {name: score["kind"] for name, score in home["scores"].items()} == {
        "p_click": "binary",
        "p_purchase": "binary",
        "rank_score": "value",
        "intent": "multiclass",
        "eta": "regression",
    }
    assert home["limits"]["lateness"] == 7200
    assert home["retention"]["hour"] == 70
    assert home["outcomes"]["kinds"]["purchase"] == {
        "matures_after": 7 * 86400,
        "otherwise": 0,
        "horizon": "long_term",
        "proxy": "click",
    }
    # YAML reads the key `on` as true
    assert home["comparisons"][0]["on"] == "request_id"
    assert home["experiment"]["control"] == "control" == log(home)["control"]
    assert fraud["reference"]["from"] == "2026-01-01"
    assert fraud["reference"]["relation"] is None
    assert fraud["scores"]["p_fraud"]["outcome"] == "label"


def test_the_least_that_works() -> None:
    found = configuration(MINIMAL)
    assert_normal(found)
    assert found["as_of"] is None
    assert set(found["policy"].values()) == {None}
    item = found["monitors"][0]
    assert item["windows"] == ["day", "7d", "30d"]
    assert item["baselines"][0] == "reference"
    assert len(item["baselines"]) == 6
    assert item["limits"] == {
        "min_rows": 500,
        "min_cell": 20,
        "lateness": 7200,
        "slice_values": 20,
        "combination_values": 100,
        "categories": 30,
        # what a rate and what performance need follows from min_rows
        "rate_rows": 50,
        "label_rows": 60,
    }
    assert item["retention"] == {"hour": 70, "day": 400, "day_sliced": 100}
    assert item["champion"] == "registry"
    assert item["outcomes"] is None
    amount = subjects(item)["amount"]
    assert amount["sql"] == '"amount"'
    assert amount["column"] == "amount"
    assert amount["watch"]
    assert not amount["critical"]
    assert amount["type"] == "numeric"
    assert [each["name"] for each in item["logs"]] == ["predictions"]
    assert log(item)["metrics"] == [
        {
            "name": "volume",
            "numerator": "1",
            "denominator": None,
            "per": None,
            "where": None,
            "layer": "operations",
            "better": None,
            "expected": "seasonal",
            "target": None,
            "counts_repeats": False,
        }
    ]


@pytest.mark.parametrize("nothing", [None, []])
def test_no_monitors_is_no_error(nothing: Any) -> None:
    assert configuration(nothing)["monitors"] == []


def test_the_demo_is_seen_in_this_project_alone() -> None:
    demo = {"demo_monitors": yaml.safe_load(MINIMAL), "demo_policy": EXAMPLE["policy"]}
    here = configuration(None, project_name="model_monitor", **demo)
    assert here["monitors"][0]["name"] == "fraud"
    assert here["policy"]["changes"]
    there = configuration(None, project_name="shop", **demo)
    assert there["monitors"] == []
    assert there["policy"]["changes"] is None
    assert configuration([], project_name="model_monitor", **demo)["monitors"] == []


def test_the_full_demo_has_what_lies_beyond_the_other() -> None:
    small = yaml.safe_load(MINIMAL)
    demo = {"demo_monitors": small, "demo_beyond": {"fraud": {"slices": ["country", "channel"]}}}
    slices = {}
    for full in (None, True):
        found = configuration(None, project_name="model_monitor", full_demo=full, **demo)
        slices[full] = [each["name"] for each in found["monitors"][0]["logs"][0]["slices"]]
    assert slices[True] == ["country", "channel"]
    assert slices[None] != slices[True]
    assert "slices" not in small[0] or small[0]["slices"] != slices[True]


def test_the_demo_of_this_project_goes_beyond_its_own_monitors_only() -> None:
    own = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]["model_monitor"]
    assert set(own["demo_beyond"]) <= {each["name"] for each in own["demo_monitors"]}
    for monitor in own["demo_monitors"]:
        for key, wider in own["demo_beyond"][monitor["name"]].items():
            assert [each for each in monitor[key] if each not in wider] == []
            assert len(wider) > len(monitor[key])


def test_expressions_are_kept_whole() -> None:
    found = monitor("""
        features:
          plain:
          other: {column: "Weird Name"}
          sum: {sql: "a + b"}
          noted: {sql: "a -- why"}
        metrics:
          rate: {numerator: "a = 0", denominator: b, where: "x or y"}
          one: {numerator: 1, better: none, expected: none}
    """)
    here = subjects(found)
    assert (here["other"]["sql"], here["other"]["column"]) == ('"Weird Name"', "Weird Name")
    assert (here["sum"]["sql"], here["sum"]["column"]) == ("(a + b)", None)
    assert here["noted"]["sql"] == "(a -- why\n)"
    volume, rate, one = log(found)["metrics"]
    assert (rate["numerator"], rate["denominator"], rate["where"]) == ("(a = 0)", "b", "(x or y)")
    assert (one["numerator"], one["better"], one["expected"]) == ("1", None, None)
    assert volume["name"] == "volume"


def test_costs_are_numbers_or_expressions() -> None:
    monitor = yaml.safe_load(MINIMAL)[0] | {
        "scores": {"p": {"kind": "binary", "outcome": "label"}},
        "costs": {
            "true_positive": "amount * 0.9 -- of it", "false_positive": " -4 ",
            "false_negative": "1e6", "true_negative": 0,
        },
    }  # fmt: skip
    monitor["predictions"]["label"] = "was"
    [found] = configuration(monitors=[monitor])["monitors"]
    assert found["costs"] == {
        "true_positive": "(amount * 0.9 -- of it\n)", "false_positive": -4, "false_negative": 1e6,
        "true_negative": 0,
    }  # fmt: skip
    assert log(found)["costs"] == {"true_positive": "(amount * 0.9 -- of it\n)"}
    monitor["costs"] = {"true_positive": "120", "false_positive": -4}
    [found] = configuration(monitors=[monitor])["monitors"]
    assert found["costs"] == {"true_positive": 120, "false_positive": -4}
    assert log(found)["costs"] == {}, "numbers alone read nothing of the log"


def test_a_volume_of_ones_own_replaces_ours() -> None:
    found = monitor("metrics: {volume: {numerator: 2}}")
    assert [(item["name"], item["numerator"]) for item in log(found)["metrics"]] == [
        ("volume", "2")
    ]


def test_a_key_without_effect_is_said() -> None:
    """Those of the page, for the monitors that set one."""
    page = (ROOT / "docs/start/configuration.md").read_text(encoding="utf-8")
    listed = page.split("## Checked now, used later")[1]
    keys = re.findall(r"^\| `([^`]+)` \|", listed, re.MULTILINE)
    assert len(keys) > 5
    found = configuration(EXAMPLE["monitors"])["unused_keys"]
    assert {name: set(value) for name, value in found.items()} == {
        "home_feed": set(keys), "fraud": {"correlations"},
    }  # fmt: skip
    assert configuration(yaml.safe_load(MINIMAL))["unused_keys"] == {}


def test_repeated_ids_are_a_metric_of_logs_that_have_ids() -> None:
    found = monitor("{}", predictions={"source": ["logs", "p"], "time": "at", "id": "order id"})
    volume, repeats = log(found)["metrics"]
    assert volume["name"] == "volume"
    assert (repeats["name"], repeats["numerator"]) == (
        "duplicate_share",
        "repeats of order id",
    )
    assert (repeats["layer"], repeats["counts_repeats"]) == ("data", True)


def test_what_is_critical_and_what_is_watched() -> None:
    features: dict[str, Any] = {f"f{i:02}": {"importance": 0.01} for i in range(25)}
    features["big"] = {"importance": 0.5}
    features["named"] = {"critical": True}
    features["not_this_one"] = {"importance": 0.4, "critical": False}
    found = monitor("{scores: {p: }, operations: [latency], slices: [region]}", features=features)
    here = subjects(found)
    assert [name for name in here if here[name]["critical"]] == ["p", "big", "named"]
    watched = [name for name in here if here[name]["watch"]]
    assert watched == ["p", *[f"f{i:02}" for i in range(18)], "big", "not_this_one", "latency"]
    assert here["region"]["kind"] == "context"
    assert here["p"]["primary"]

    unweighted = monitor("{}", features=[f"f{i}" for i in range(30)])
    names = [name for name, item in subjects(unweighted).items() if item["watch"]]
    assert names == [f"f{i}" for i in range(20)]


def test_slices_come_singles_first_and_protected_ones_are_slices() -> None:
    found = monitor("{slices: [[a, b], amount, c], protected_slices: [c, age]}")
    assert [item["name"] for item in log(found)["slices"]] == ["amount", "c", "age", "a+b"]
    assert log(found)["slices"][-1] == {"name": "a+b", "columns": ["a", "b"]}
    assert found["protected_slices"] == {"c": {}, "age": {}}
    chosen = monitor("{protected_slices: {age: {reference: 30-49}}}")
    assert chosen["protected_slices"] == {"age": {"reference": "30-49"}}
    kinds = {name: item["kind"] for name, item in subjects(found).items()}
    assert kinds == {"amount": "feature", **dict.fromkeys(["c", "age", "a", "b"], "context")}


def test_multiclass_scores() -> None:
    text = "{kind: multiclass, probabilities: {0: p_no, '1': p_yes}}"
    here = subjects(monitor("scores: {intent: " + text + "}"))
    assert list(here)[:2] == ["intent.0", "intent.1"]
    assert here["intent.0"]["column"] == "p_no"
    assert here["intent.0"]["probability"]
    here = subjects(monitor("scores: {intent: " + text[:-1] + ", predicted: guess}}"))
    assert here["intent"]["type"] == "categorical"
    assert here["intent"]["values"] == ["0", "1"]
    assert here["intent"]["primary"]
    assert not here["intent.0"]["primary"]


@pytest.mark.parametrize(
    ("problem", "score", "kind"),
    [
        ("binary", "{}", "binary"),
        ("regression", "{}", "regression"),
        ("ranking", "{}", "value"),
        ("ranking", "{outcome: label}", "binary"),
        ("ranking", "{outcome: label, kind: regression}", "regression"),
        ("binary", "{kind: ranking}", "value"),
        (None, "{}", "value"),
        (None, "{outcome: label, kind: binary, threshold: 0.5}", "binary"),
    ],
)
def test_the_kind_of_a_score(problem: str | None, score: str, kind: str) -> None:
    found = monitor(
        f"{{scores: {{p: {score}}}, predictions: {{source: [a, b], time: t, label: y}}}}",
        problem=problem,
    )
    assert found["scores"]["p"]["kind"] == kind
    assert subjects(found)["p"]["probability"] == (kind == "binary")
    assert found["ranking"] is None


def test_a_derived_log_takes_after_its_parent() -> None:
    found = monitor(
        """
        predictions: {source: [raw, fraud], time: at, request: rid, where: live, version: v}
        slices: [region]
        logs:
          lists: {from: predictions, per: request, where: "a or b", subjects: {n: {sql: count(*)}}}
          own: {ref: [shop, other], time: t, slices: [kind], subjects: [x, {y: 1}]}
    """.replace(", {y: 1}", "")
    )
    lists = log(found, "lists")
    assert lists["from"] == "predictions"
    assert lists["per"] == "rid"
    assert lists["relation"] == {"source": ["raw", "fraud"]}
    assert lists["where"] == "live and (a or b)"
    assert lists["columns"] == log(found)["columns"]
    assert lists["slices"] == log(found)["slices"]
    assert [(item["name"], item["sql"], item["column"]) for item in lists["subjects"]] == [
        ("n", "(count(*))", None),
        ("region", 'min("region")', "region"),
    ]
    assert log(found, "own")["relation"] == {"ref": ["shop", "other"]}
    assert list(subjects(found, "own")) == ["x", "kind"]


RANKING = """
    problem: ranking
    predictions: {source: [raw, feed], time: at, request: rid}
    scores: {s: , t: }
"""


def test_a_ranking_monitor_knows_its_lists() -> None:
    found = monitor(RANKING)
    assert found["ranking"] == {"order_by": "s", "ks": [5, 10]}
    assert list(subjects(found, "requests")) == ["list_length", "s_entropy", "s_top_gap"]
    assert log(found, "requests")["per"] == "rid"
    # a log per request of one's own is completed, not doubled; its names win
    found = monitor(
        RANKING
        + """
    ranking: {order_by: t, ks: [20, 3]}
    logs: {lists: {from: predictions, subjects: {list_length: {sql: "count(distinct item)"}}}}
    """
    )
    assert found["ranking"] == {"order_by": "t", "ks": [3, 20]}
    assert [each["name"] for each in found["logs"]] == ["predictions", "lists"]
    assert list(subjects(found, "lists")) == ["list_length", "t_entropy", "t_top_gap"]
    assert subjects(found, "lists")["list_length"]["sql"] == "(count(distinct item))"
    # a log of that name that is something else stays what it is
    found = monitor(RANKING + "    logs: {requests: {source: [a, b], time: t, subjects: [n]}}")
    assert [each["name"] for each in found["logs"]][1:] == ["requests", "predictions_per_request"]


def test_entropy_and_gap_of_a_list() -> None:
    found = subjects(monitor(RANKING), "requests")
    lists = {
        "plain": [0.2, 0.3, 0.5],
        "raw": [1.0, 2.0, 4.0, 0.0, -3.0],
        "odd": [1.0, math.nan, math.inf, None, 1.0],
        "none": [None, None],
        "zero": [0.0, -1.0],
    }
    rows = [(name, value) for name, values in lists.items() for value in values]
    with duckdb.connect() as connection:
        connection.execute("create table logs (rid text, s double)")
        connection.executemany("insert into logs values (?, ?)", rows)
        query = f"select rid, {found['s_entropy']['sql']}, {found['s_top_gap']['sql']} from logs"
        got = {row[0]: row[1:] for row in connection.execute(query + " group by rid").fetchall()}
    for name, values in lists.items():
        finite = [x for x in values if x is not None and math.isfinite(x)]
        shares = [x / sum(y for y in finite if y > 0) for x in finite if x > 0]
        entropy = -sum(p * math.log(p) for p in shares) if shares else None
        gap = max(finite) - sum(finite) / len(finite) if finite else None
        assert got[name] == pytest.approx((entropy, gap), abs=1e-12), name


def test_a_definition_changes_with_what_the_ruler_depends_on_only() -> None:
    def definition(spec: str, more: str = "{}") -> str:
        return subjects(monitor(more, features={"x": yaml.safe_load(spec)}))["x"]["definition"]

    plain = definition("{}")
    assert definition("{importance: 0.5, critical: true}") == plain
    changed = ["{min: 0}", "{max: 1}", "{type: boolean}", "{stale_above: 3}", "{sql: x}"]
    changed += ["{column: y}", "{type: categorical}", "{type: categorical, values: [a]}"]
    found = [definition(spec) for spec in changed]
    found.append(definition("{}", "{limits: {categories: 7}}"))
    assert len({plain, *found}) == len(found) + 1


# --- what is said about mistakes --------------------------------------------------------------

FULL = """
    problem: binary
    predictions: {source: [raw, fraud], time: at, id: id, request: rid}
    scores: {p: {outcome: paid, threshold: 0.5}}
    outcomes:
      {source: [raw, paid], prediction: id, value: v, time: t, kinds: {paid: {matures_after: 7d}}}
"""


@pytest.mark.parametrize(
    ("addition", "expected"),
    config_mistakes.MONITOR,
)
def test_a_mistake_is_named(addition: str, expected: str) -> None:
    entry = {**yaml.safe_load(MINIMAL)[0], **yaml.safe_load(FULL), **yaml.safe_load(addition)}
    lines = problems([entry])
    assert any(expected in line for line in lines), lines
    assert all(line.startswith("monitors[0]") for line in lines)


@pytest.mark.parametrize(
    ("experiment", "expected"),
    config_mistakes.EXPERIMENT,
)
def test_a_mistake_in_an_experiment_is_named(experiment: str, expected: str) -> None:
    predictions = f"{{source: [a, b], time: t, experiment: {experiment}}}"
    lines = problems(f"[{{name: x, features: [a], predictions: {predictions}}}]")
    assert any(expected in line for line in lines), lines


@pytest.mark.parametrize(
    ("kinds", "expected"),
    config_mistakes.OUTCOMES,
)
def test_a_mistake_in_the_outcomes_is_named(kinds: str, expected: str) -> None:
    entry = {**yaml.safe_load(MINIMAL)[0], **yaml.safe_load(FULL)}
    entry["outcomes"]["kinds"] = yaml.safe_load(kinds)
    lines = problems([entry])
    assert any(expected in line for line in lines), lines


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"monitors": "x"}, "monitors: a list is expected."),
        ({"monitors": {"fraud": {}}}, "monitors: a list is expected."),
        ({"monitors": ["fraud"]}, "monitors[0]: a mapping is expected."),
        (
            {"policy": {"alert_rule": None}},
            "policy › alert_rule: an unknown key. Valid: alert_rules",
        ),
        ({"policy": {"changes": {"ref": "m"}}}, "policy › changes › ref: two names are expected."),
        ({"policy": {"changes": {}}}, "policy › changes: no relation is named."),
        (
            {"policy": {"address_prefixes": ["ALERTS_", "A", "AWS-", "_"]}},
            "policy › address_prefixes[1]: not a prefix of environment variable names. "
            "Valid: letters, digits and _, with _ at the end, such as ALERTS_. Got: 'A'.",
        ),
        (
            {"policy": {"playbook_url": "https://docs.example.com"}},
            "policy › playbook_url: {page} is missing. "
            "Valid: an address with {page}, such as https://docs.example.com/{page}.html. "
            "Got: 'https://docs.example.com'.",
        ),
        ({"policy": {"playbook_url": "https://docs.example.com/{page}"}}, None),
        (
            {"policy": {"report_url": "reports.example.com"}},
            "policy › report_url: not the address of a web page. "
            "Valid: an address such as https://reports.example.com/report.html. "
            "Got: 'reports.example.com'.",
        ),
        (
            {"policy": {"report_url": "https://reports.example.com/#m"}},
            "policy › report_url: not the address of a web page.",
        ),
        ({"policy": {"report_url": "https://reports.example.com/report.html"}}, None),
        ({"policy": []}, None),
        ({"policy": [1]}, "policy: a mapping is expected."),
        (
            {"model_monitor": {"monitor": []}},
            "vars › model_monitor › monitor: an unknown key. Valid:",
        ),
        ({"model_monitor": []}, "vars › model_monitor: a mapping is expected."),
    ],
)
def test_a_mistake_around_the_monitors_is_named(variables: Any, expected: str | None) -> None:
    lines = problems(**{"monitors": None, **variables})
    assert lines == [] if expected is None else any(expected in line for line in lines), lines


def test_names_of_monitors_are_unique() -> None:
    entry = yaml.safe_load(MINIMAL)[0]
    assert problems([entry, entry]) == [
        "monitors[1] 'fraud' › name: the name is taken. Valid: a name of its own. Got: 'fraud'."
    ]


def test_a_misspelt_key_is_not_also_missing() -> None:
    lines = problems("[{name: a, predictions: {source: [a, b], tiem: no}, features: [x]}]")
    assert [line.split(":")[0] for line in lines] == ["monitors[0] 'a' › predictions › tiem"] * 2
    assert "an unknown key" in lines[0]
    assert "YAML reads" in lines[1]


MISTAKES = yaml.safe_load(config_examples.MISTAKES)


def test_twenty_five_mistakes_are_listed_at_once() -> None:
    lines = problems(MISTAKES["monitors"], policy=MISTAKES["policy"], as_of=MISTAKES["as_of"])
    assert len(MISTAKES["expected"]) == 25
    missing = [text for text in MISTAKES["expected"] if not any(text in line for line in lines)]
    assert missing == [], "\n".join(lines)
    assert len(lines) == 25, "\n".join(lines)


# --- fuzz -------------------------------------------------------------------------------------

NASTY: list[Any] = [
    *[None, True, False, 0, 7, -1, 1.5, math.nan, math.inf, 10**40, "", "x", "{{ x }}", "7d"],
    *["no", [], {}, [None], {"no": 1}, datetime.date(2026, 1, 1), NAIVE],
    *[{False: 1}, "ü -- x", [[]], {"a": None}, ["a", "a"], b"ab", {1: 2, None: 3}, {"p_click"}],
    *[[True], [1.5], {"x": {"y": {"z": 1}}}, "values", "items"],
]
KEYS: list[Any] = [True, False, None, 3, 2.5, datetime.date(2026, 1, 1), "values", "name", "Tim e"]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, dict | list):
        return [path]
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    return [path, *[each for key, item in inside for each in _paths(item, (*path, key))]]


PATHS = _paths({"monitors": EXAMPLE["monitors"], "policy": EXAMPLE["policy"]})[1:]


def _parent(variables: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        variables = variables[key]
    return variables


def _judge(variables: dict[str, Any]) -> None:
    """Either a normal form or one clean error: never a failure of the macros."""
    monitors = variables.pop("monitors", None)
    if not problems(monitors, **variables):
        assert_normal(configuration(monitors, **variables))


def test_any_key_may_be_left_out() -> None:
    for path in PATHS:
        variables = {key: EXAMPLE[key] for key in ("monitors", "policy") if key == path[0]}
        variables = copy.deepcopy(variables)
        del _parent(variables, path)[path[-1]]
        if len(path) > 2 and path[0] == "monitors":  # without the other ones, to be quick
            variables["monitors"] = [variables["monitors"][path[1]]]
        _judge(variables)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), st.randoms(use_true_random=False)), max_size=5))
def test_any_value_may_be_anything(changes: list[tuple[tuple[Any, ...], random.Random]]) -> None:
    variables = copy.deepcopy(EXAMPLE)
    for path, chance in changes:
        try:
            parent = _parent(variables, path)
            renamed = len(path) > 1 and isinstance(parent, dict) and chance.random() < 0.3
            if renamed:
                parent[chance.choice(KEYS)] = parent.pop(path[-1])
            else:
                parent[path[-1]] = copy.deepcopy(chance.choice(NASTY))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken the place of this one
    if isinstance(variables.get("monitors"), str):
        variables["monitors"] = 7  # the harness reads text as YAML
    _judge(variables)


# --- the small macros -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_as_of", "expected"),
    [
        (None, "2026-03-01 12:30:15.250000"),
        ("2026-01-31", "2026-01-31 00:00:00.000000"),
        ("2024-02-29", "2024-02-29 00:00:00.000000"),
        ("2026-01-31 06:30", "2026-01-31 06:30:00.000000"),
        ("2026-01-31T06:30:15Z", "2026-01-31 06:30:15.000000"),
        ("2026-01-31T06:30:15.123+02:00", "2026-01-31 04:30:15.123000"),
        ("2026-01-01T00:30:00-0130", "2026-01-01 02:00:00.000000"),
        ("2026-01-01T00:30:00+05", "2025-12-31 19:30:00.000000"),
        ("2026-01-31T06:30:15.123456789", "2026-01-31 06:30:15.123456"),
        (datetime.date(2026, 1, 31), "2026-01-31 00:00:00.000000"),
        (NAIVE, "2026-01-31 06:30:00.000000"),
        (yaml.safe_load("2026-01-31T06:30:15+02:00"), "2026-01-31 04:30:15.000000"),
    ],
)
def test_as_of(given_as_of: Any, expected: str) -> None:
    assert macros({"as_of": given_as_of})["as_of"]() == expected
    assert configuration(None, as_of=given_as_of)["as_of"] == (given_as_of and expected)


@pytest.mark.parametrize(
    "given_as_of",
    [
        *["", "tomorrow", "2026-02-30", "2025-02-29", "1900-02-29", "2026-13-01", "2026-1-1"],
        *["2026-01-01T25:00", "2026-01-01T10:60", "2026-01-01T10", "2026-01-01T10:00+25:00"],
        *["2026-01-01Z", "2026-01-01\n", "٢٠٢٦-01-01", 20260101, True, 1.5, ["2026-01-01"], {}],
        *[datetime.date(1, 1, 1), "0000-01-01", "9999-12-31T23:00:00-05:00"],
    ],
)
def test_as_of_that_is_not_an_instant(given_as_of: Any) -> None:
    if given_as_of == "2026-01-01\n":
        return  # trimmed: a text block of YAML ends so
    assert any(line.startswith("as_of: ") for line in problems(None, as_of=given_as_of))
    with pytest.raises(CompilerError, match="1 problem in the configuration\n  as_of: "):
        macros({"as_of": given_as_of})["as_of"]()


def test_as_of_is_the_start_of_the_run_in_utc() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    started = datetime.datetime(2026, 3, 1, 1, 0, tzinfo=zone)
    assert macros({}, run_started_at=started)["as_of"]() == "2026-02-28 23:00:00.000000"


def test_durations() -> None:
    seconds = macros({})["duration_seconds"]
    assert [seconds(text) for text in ("30m", "2h", "7d", "0h")] == [1800, 7200, 604800, 0]
    for wrong in ("", "7", "7 d", "7w", "-1d", "1.5h", "7d\n", "1234567d", 7, None, True, ["7d"]):
        with pytest.raises(
            CompilerError, match=r"duration_seconds: not a duration\. Valid: minutes"
        ):
            seconds(wrong)


def test_relations() -> None:
    relation = macros({})["relation"]
    assert relation({"source": ["raw", "fraud"]}) == "source(raw, fraud)"
    assert relation({"ref": ["shop", "fraud"]}) == "ref(shop, fraud)"
    for wrong in (None, {}, "x", {"source": None}):
        with pytest.raises(
            CompilerError, match=r"model_monitor\.relation: not a relation\. Valid: "
        ):
            relation(wrong)


def _distance(a: str, b: str) -> int:
    """Optimal string alignment, as in any textbook."""
    table = {(i, -1): i + 1 for i in range(-1, len(a))} | {
        (-1, j): j + 1 for j in range(-1, len(b))
    }
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i, j] = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (x != y)
            )
            if i and j and x == b[j - 1] and a[i - 1] == y:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(a) - 1, len(b) - 1]


def test_the_edit_distance() -> None:
    ours = macros({})["_edit_distance"]
    chance = random.Random(1)
    words = ["".join(chance.choices("abc", k=chance.randint(0, 7))) for _ in range(60)]
    for a, b in itertools.pairwise(words):
        assert ours(a, b) == _distance(a, b), (a, b)


@pytest.mark.parametrize(
    ("word", "best"),
    [
        ("treshold", "threshold"),
        ("Threshold", "threshold"),
        ("prob", "probabilities"),
        ("oucome", "outcome"),
        ("banana", None),
        ("", None),
        (False, None),
        ("x" * 500, None),
    ],
)
def test_the_nearest_word(word: Any, best: str | None) -> None:
    valid = ["kind", "outcome", "threshold", "probabilities"]
    found = macros({})["_nearest"](word, valid)
    assert found["best"] == best
    assert sorted(found["ordered"]) == sorted(valid)
    assert best is None or found["ordered"][0] == best


def test_it_is_fast() -> None:
    features = {f"f{i}": {"importance": i / 50, "min": 0, "max": 1} for i in range(50)}
    entry = {**yaml.safe_load(MINIMAL)[0], **yaml.safe_load(FULL), "features": features}
    monitors = [{**entry, "name": f"m{i}", "slices": ["a", "b", ["a", "b"]]} for i in range(50)]
    call = macros({"monitors": monitors})["configuration"]

    def seconds(work: Callable[[], object]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    # beside what the machine takes for the same kind of work: a template that makes mappings and
    # looks into them, in about a third of the time
    yardstick = Environment().from_string(
        "{% for i in range(100000) %}{% set made = dict(a=i, b=[i, 'b']) %}"
        "{% if made.a is string or made.b | length > 3 or 'c' in made %}x{% endif %}{% endfor %}"
    )
    took = [(seconds(call), seconds(yardstick.render)) for _ in range(4)]
    assert min(mine for mine, _ in took) < 8 * min(theirs for _, theirs in took), took


# --- inside dbt -------------------------------------------------------------------------------


def parsed_monitors() -> list[dict[str, Any]]:
    """Two monitors over models that exist, with a date that YAML reads as one."""
    text = """
    - name: own
      predictions: {ref: [model_monitor, own_log], time: at}
      features: [x]
      reference: {from: 2026-01-01, to: 2026-02-01}
    """
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def test_dbt_reads_the_configuration_with_its_lineage(tmp_path: Path) -> None:
    folder = config_project.package(
        tmp_path / "own", {"demo_monitors": parsed_monitors(), "as_of": datetime.date(2026, 3, 1)}
    )
    result = config_project.invoke(folder, "compile")
    assert result.success, result.exception
    found, as_of = config_project.compiled(folder)
    assert_normal(found)
    assert found["monitors"][0]["reference"]["to"] == "2026-02-01"
    assert as_of == "2026-03-01 00:00:00.000000"
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    reader = manifest["nodes"]["model.model_monitor.reader"]
    assert reader["depends_on"]["nodes"] == ["model.model_monitor.own_log"]
    documented = manifest["macros"]["macro.model_monitor.relation"]["arguments"]
    assert documented[0]["type"] == "dict[string, list[string]]"


def test_dbt_shows_all_problems_and_no_traceback(tmp_path: Path) -> None:
    mistakes = {key: value for key, value in MISTAKES.items() if key != "expected"}
    folder = config_project.package(tmp_path / "own", mistakes)
    done = config_project.command(folder, "parse", "--show-all-deprecations")
    assert done.returncode == 2, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "model_monitor: 25 problems in the configuration" in said
    assert [text for text in MISTAKES["expected"] if text not in said] == []
    assert "Traceback" not in said
    assert "Deprecat" not in said


def test_the_demo_vanishes_in_a_consumers_project(tmp_path: Path) -> None:
    demo = {"demo_monitors": parsed_monitors(), "demo_policy": {"changes": {"ref": ["a", "b"]}}}
    folder = config_project.consumer(tmp_path / "shop", {}, demo)
    result = config_project.invoke(folder, "compile")
    assert result.success, result.exception
    found, _ = config_project.compiled(folder)
    assert found["monitors"] == []
    assert found["policy"]["changes"] is None


def test_full_names_come_first_and_the_command_line_before_the_project(tmp_path: Path) -> None:
    entry = {**yaml.safe_load(MINIMAL)[0], "predictions": {"ref": ["shop", "logged"], "time": "t"}}
    variables = {
        "model_monitor_monitors": [entry],
        "model_monitor_as_of": "2026-03-01",
        "as_of": "2020-01-01",  # the consumer's own
        "model_monitor": {"policy": {"contacts": {"ref": ["shop", "logged"]}}},
    }
    folder = config_project.consumer(tmp_path / "shop", variables, {})
    for said, expected in (
        ("{}", "2026-03-01"),
        ("{as_of: 2026-04-01}", "2026-04-01"),
        ("{as_of: 2026-04-01, model_monitor_as_of: 2026-05-01}", "2026-05-01"),
    ):
        result = config_project.invoke(folder, "compile", "--vars", said)
        assert result.success, result.exception
        found, as_of = config_project.compiled(folder)
        assert as_of == f"{expected} 00:00:00.000000"
        assert found["as_of"] == as_of
        assert [each["name"] for each in found["monitors"]] == ["fraud"]
        assert found["policy"]["contacts"] == {"ref": ["shop", "logged"]}


def test_no_var_is_read_past_the_macro() -> None:
    """But what is no setting: the mapping of the package, what is remembered, and the demo."""
    read = re.compile(r"\bvar\('(\w+)'")
    found = {
        (file.name, name)
        for folder in ("macros", "models", "analyses")
        for file in (ROOT / folder).rglob("*.sql")
        for name in read.findall(file.read_text(encoding="utf-8"))
    }
    assert {name for _, name in found} == {
        "remembered", "model_monitor", "demo_monitors", "demo_beyond", "demo_policy", "as_of",
        "model_monitor_as_of",
    }  # fmt: skip
    assert {file for file, _ in found} == {"config.sql"}


def test_a_consumers_monitors_and_vars(tmp_path: Path) -> None:
    entry = {**yaml.safe_load(MINIMAL)[0], "predictions": {"ref": ["shop", "logged"], "time": "t"}}
    variables = {"as_of": "2020-01-01", "model_monitor": {"monitors": [entry]}}
    folder = config_project.consumer(tmp_path / "shop", variables, {})
    # an as_of of the consumer's own would judge everything as of 2020
    result = config_project.invoke(folder, "parse")
    assert "vars › as_of: belongs to your project, but model_monitor reads it too" in str(
        result.exception
    )
    # the command line's is ours
    result = config_project.invoke(folder, "compile", "--vars", "{as_of: 2026-04-01}")
    assert result.success, result.exception
    found, as_of = config_project.compiled(folder)
    assert (found["monitors"][0]["name"], as_of) == ("fraud", "2026-04-01 00:00:00.000000")
    # but under the package's name dbt would ignore it
    result = config_project.invoke(
        folder, "parse", "--vars", "{model_monitor: {as_of: 2026-04-01}}"
    )
    assert "--vars › model_monitor: dbt ignores a package's name here" in str(result.exception)
    # a misspelt key beside monitors is seen as well
    project = yaml.safe_load((folder / "dbt_project.yml").read_text())
    project["vars"] = {"model_monitor": {"monitor": [entry], "as_of": None}}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    result = config_project.invoke(folder, "parse")
    assert "vars › model_monitor › monitor: an unknown key. Valid: monitors" in str(
        result.exception
    )
