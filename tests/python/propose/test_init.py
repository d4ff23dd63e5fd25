"""What `init` proposes is accepted by the configuration and passes the doctor, as it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_monitor.cli.parser import main
from model_monitor.inspect.samples import Values
from model_monitor.propose.column_roles import Facts
from model_monitor.propose.guess import guess, slug

from ..harness.small_project import configure, execute, small_project, write

AS_OF = "2026-01-20T08:00:00Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_project(tmp_path_factory.mktemp("init") / "project", [])
    for path in (folder / "models").iterdir():
        path.unlink()
    return folder


def proposed(
    folder: Path, capsys: pytest.CaptureFixture[str], relation: str
) -> tuple[dict[str, Any], str]:
    assert main(["init", relation, "--project-dir", str(folder)]) == 0
    text = capsys.readouterr().out
    documents = text.split("dbt_project.yml\n")
    entry = yaml.safe_load(documents[1])["vars"]["model_monitor"]["monitors"][0]
    sources = yaml.safe_load(documents[0])
    if sources:
        write(folder / "models" / "sources.yml", sources)
    configure(folder, [entry])
    return entry, text


def doctor(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    main(["doctor", "--json", "--project-dir", str(folder), "--as-of", AS_OF])
    found = json.loads(capsys.readouterr().out)
    return [each for each in found["findings"] if each["level"] == "error"]


@pytest.mark.usefixtures("here")
def test_a_plain_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry, text = proposed(folder, capsys, "raw.loan_scores")
    assert entry == {
        "name": "loan",
        "problem": "binary",
        "predictions": {
            "source": ["raw", "loan_scores"],
            "time": "scored_at",
            "loaded_at": "loaded_at",
            "id": "id",
            "version": "model_version",
        },
        "scores": {"p_default": {}},
        "features": {
            "income": {},
            "is_employed": {"type": "boolean"},
            "defaulted": {"type": "boolean"},
            "purpose": {"type": "categorical"},
        },
        "slices": ["region"],
    }
    assert "models/sources.yml" in text
    assert doctor(folder, capsys) == []


@pytest.mark.usefixtures("here")
def test_names_that_yaml_sql_or_jinja_would_read_as_something_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(
        folder,
        '''
        create schema if not exists "Odd Schema";
        create or replace table "Odd Schema"."Weird; table's {name} 🦆" as
        select
            timestamp '2026-01-19' + i * interval 1 minute as "Event Time",
            i * 1.0 as "no", i * 2.0 as "2", i * 3.0 as "1e3", i * 1.5 as "price (€)",
            i * 4.0 as "say ""hi""", i * 5.0 as "semi;colon", i * 6.0 as "duck 🦆",
            i * 7.0 as "{{ jinja }}", i * 8.0 as "null", i % 2 = 0 as "TRUE",
            ['a', 'b'][1 + i % 2] as "Region", ['x', 'y'][1 + i % 2] as "yes", i / 500.0 as score,
            i * 9.0 as "price_€", i * 1.0 as "it's"
        from range(500) as rows (i)
        ''',
    )
    entry, text = proposed(folder, capsys, '"Odd Schema"."Weird; table\'s {name} 🦆"')
    assert entry["predictions"]["time"] == "Event Time"
    assert entry["scores"] == {"score": {}}
    features = entry["features"]
    assert {"no", "null"} <= set(features), "quoted, or they would not be text"
    assert features["2"] == {}
    assert features["say_hi"] == {"sql": '"say ""hi"""'}
    assert features["duck 🦆"] == features["price (€)"] == features["price_€"] == {}
    assert features["semi;colon"] == {}
    assert features["it_s"] == {"sql": '"it\'s"'}
    assert entry["slices"] == ["Region"]
    assert "jinja }}: its name is Jinja syntax" in text
    assert doctor(folder, capsys) == []


@pytest.mark.usefixtures("here")
def test_a_table_without_a_timestamp(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute(folder, "create or replace table raw.timeless as select 1 as id, 'now' as at")
    assert main(["init", "raw.timeless", "--project-dir", str(folder)]) == 64
    assert "has no timestamp column" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_an_empty_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    execute(
        folder,
        "create or replace table raw.empty as select * from raw.loan_scores where false",
    )
    entry, _ = proposed(folder, capsys, "raw.empty")
    assert entry["predictions"]["time"] == "scored_at"
    assert doctor(folder, capsys) == []


def column(name: str, data_type: str = "double", **values: Any) -> Facts:
    few = values.pop("few", ())
    defaults = {"rows": 1000, "present": 1000, "distinct": 900, "lowest": 0.0, "highest": 50.0}
    return Facts(name, data_type, Values(**{**defaults, **values}), few)


def guessed(*columns: Facts) -> Any:
    return guess([column("predicted_at", "timestamp"), *columns], lambda name: f'"{name}"')


def test_a_ranking() -> None:
    found = guessed(
        column("request_id", "varchar"),
        column("item_id", "varchar"),
        column("position", "integer"),
        column("p_click", highest=0.9),
        column("item_quality_score", highest=0.9),
        column("variant", "varchar", distinct=2, few=("control", "treatment")),
        column("serving_role", "varchar", distinct=2, few=("live", "shadow")),
        column("role", "varchar", distinct=2, few=("admin", "guest")),
    )
    assert found.problem == "ranking"
    assert found.scores == {"p_click": {}}
    assert set(found.features) == {"item_quality_score", "role"} - set(found.slices)
    assert found.roles["role"] == "serving_role"
    assert found.experiment == {"variant": "variant", "control": "control"}


def test_a_regression_with_its_label() -> None:
    found = guessed(column("predicted_price"), column("actual_value"), column("sqm"))
    assert found.problem == "regression"
    assert found.scores == {"predicted_price": {"outcome": "label"}}
    assert found.roles["label"] == "actual_value"


def test_a_label_that_is_called_after_what_it_is_of() -> None:
    found = guessed(column("predicted_minutes"), column("actual_minutes"), column("distance_km"))
    assert found.roles["label"] == "actual_minutes"
    assert set(found.features) == {"distance_km"}


def test_a_score_that_is_called_after_what_its_label_is_of() -> None:
    found = guessed(column("eta_minutes"), column("actual_minutes"), column("distance_km"))
    assert found.problem == "regression"
    assert found.scores == {"eta_minutes": {"outcome": "label"}}
    assert set(found.features) == {"distance_km"}
    found = guessed(column("eta_minutes"), column("minutes_waited"), column("actual_minutes"))
    assert found.scores == {}


def test_several_classes() -> None:
    queues = ("billing", "Tech Support", "other")
    found = guessed(
        *(column(f"p_{name}", highest=0.9) for name in ("billing", "tech_support", "other")),
        # nothing was said to be fraud of late
        column("p_fraud", highest=0.1),
        column("queue", "varchar", distinct=3, few=queues),
        column("actual_queue", "varchar", distinct=3, few=queues),
        column("channel", "varchar", distinct=2, few=("mail", "chat")),
        column("trust", highest=0.9),
    )
    assert found.problem == "multiclass"
    assert found.roles["label"] == "actual_queue"
    probabilities = {
        "billing": "p_billing", "Tech Support": "p_tech_support", "other": "p_other",
        "fraud": "p_fraud",
    }  # fmt: skip
    assert found.scores == {
        "queue": {
            "kind": "multiclass",
            "probabilities": probabilities,
            "predicted": "queue",
            "outcome": "label",
        }
    }
    assert set(found.features) == {"trust"}
    assert found.slices == ["channel"]


def test_shares_of_two_things_are_no_classes() -> None:
    found = guessed(
        column("p_click", highest=0.9),
        column("p_buy", highest=0.9),
        column("kind", "varchar", distinct=2, few=("click", "view")),
    )
    assert found.problem == "binary"
    assert set(found.scores) == {"p_click", "p_buy"}


def test_rates_of_devices_are_no_classes() -> None:
    devices = ("mobile", "desktop", "tablet")
    found = guessed(
        column("p_click", highest=0.9),
        *(column(f"ctr_{name}", highest=0.9) for name in devices),
        column("device", "varchar", distinct=3, few=devices),
        column("clicked", "boolean", distinct=2),
    )
    assert found.problem == "binary"
    assert set(found.scores) == {"p_click"}
    assert found.slices == ["device"]


def test_three_chances_beside_an_event_are_three_scores() -> None:
    found = guessed(
        *(column(f"p_{name}", highest=0.9) for name in ("click", "purchase", "share")),
        column("event", "varchar", distinct=2, few=("click", "purchase")),
    )
    assert set(found.scores) == {"p_click", "p_purchase", "p_share"}


def test_a_feature_that_was_observed_is_no_label() -> None:
    found = guessed(
        column("p_click", highest=0.9),
        column("observed_ctr_7d", highest=0.9),
        column("true_range", highest=90.0),
    )
    assert "label" not in found.roles
    assert found.problem == "binary"
    found = guessed(
        column("predicted_minutes", highest=90.0), column("actual_minutes", highest=95.0)
    )
    assert found.roles["label"] == "actual_minutes"


def test_no_score_is_no_problem() -> None:
    found = guessed(column("temperature"), column("embedding", "float[64]", distinct=None))
    assert found.problem is None
    assert set(found.features) == {"temperature"}
    assert found.left_out[0][0] == "embedding"


def test_ids_are_no_features() -> None:
    found = guessed(column("customer_key", "varchar"), column("email", "varchar"))
    assert found.features == {}


def test_slug() -> None:
    assert slug("Weird; table's {name} 🦆") == "weird_table_s_name"
    assert slug("🦆") == "column"
