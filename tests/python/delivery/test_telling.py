"""From an alert to the people and back: told once, never lost, seen, silenced, decided."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from model_monitor.cli.parser import main

from ..alerts.test_alerting import AS_OF, MONITOR, RULES, log
from ..harness.project_harness import Project
from ..harness.receivers import Receiver, Request, receiver

# one score: of what follows from it nothing is to speak when it is silenced
TOLD = {**MONITOR, "scores": {"p_default": {}}}
CANARY = "s3cr3t-canary-7f"
ODD_REASON = "it's \\ known; --"
CONTACTS = pd.DataFrame(
    [
        {"contact_id": "team", "channel": "webhook", "address_variable": "MODEL_MONITOR_TEAM_HOOK"},
        {"contact_id": "dead", "channel": "slack", "address_variable": "MODEL_MONITOR_DEAD_HOOK"},
        {"contact_id": "nobody", "channel": "slack", "address_variable": "MODEL_MONITOR_UNSET_HOOK"},
        {"contact_id": "boss", "channel": "webhook", "address_variable": "MODEL_MONITOR_BOSS_HOOK",
         "escalate_after_hours": 2.0},
    ]
)  # fmt: skip

MAIL = "from=monitor@example.com&to=team@example.com&mode=insecure"
PASTED = "https://hooks.example.com/pasted-5e"
# one of each channel, each with a secret; what stands where the name of a variable belongs is one too
EVERY_CHANNEL = {
    "pager": ("pagerduty", "MODEL_MONITOR_PAGER_KEY"),
    "ops": ("alertmanager", "MODEL_MONITOR_OPS_URL"),
    "mail": ("apprise", "MODEL_MONITOR_MAIL_URL"),
    "chat": ("slack", "MODEL_MONITOR_CHAT_HOOK"),
    "signed": ("webhook", "MODEL_MONITOR_SIGNED_HOOK"),
    "pasted": ("slack", PASTED),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    policy = {name: {"source": ["logs", name]} for name in ("contacts", "silences")}
    silences = pd.DataFrame(
        [
            {"silence_id": "isles", "slice_value": "isles", "author": "ann",
             "until": pd.Timestamp("2026-04-30")},
            {"silence_id": "over", "until": AS_OF - pd.Timedelta(days=1), "author": "bob"},
            {"silence_id": "endless", "author": "eve", "until": pd.NaT},
        ]
    )  # fmt: skip
    return Project(
        tmp_path_factory.mktemp("telling") / "project",
        monitors=[TOLD],
        tables={
            "scores": log(), "contacts": CONTACTS, "silences": silences,
            "rules": pd.DataFrame(RULES[:1]),
        },
        policy={"alert_rules": {"source": ["logs", "rules"]}, **policy},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as found:
        monkeypatch.setenv("MODEL_MONITOR_TEAM_HOOK", f"{found.url}/{CANARY}")
        monkeypatch.setenv("MODEL_MONITOR_BOSS_HOOK", f"{found.url}/boss/{CANARY}")
        monkeypatch.setenv("MODEL_MONITOR_DEAD_HOOK", f"http://127.0.0.1:9/{CANARY}")
        monkeypatch.setattr("model_monitor.delivery.http.PAUSES", (0.0,))
        yield found


def placed(project: Project, *asked: str, as_of: pd.Timestamp = AS_OF) -> list[str]:
    folder = str(project.folder)
    return [
        *asked, "--project-dir", folder, "--profiles-dir", folder, "--as-of", as_of.isoformat(),
    ]  # fmt: skip


def ask(project: Project, *asked: str, as_of: pd.Timestamp = AS_OF) -> int:
    return main(placed(project, *asked, as_of=as_of))


def run(project: Project, as_of: pd.Timestamp = AS_OF) -> int:
    return ask(project, "run", "--no-check", "--no-publish", "--fail-on", "none", as_of=as_of)


def alerts(project: Project, where: str = "true") -> pd.DataFrame:
    return project.query(f"select * from monitor_alerts where {where} order by opened_at, alert_id")


SPOKEN = "state = 'firing' and inhibited_by is null and silenced_by is null"


@pytest.mark.slow
def test_an_alert_on_its_way(
    project: Project,
    here: Path,
    there: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One story: each step builds on the one before."""
    said = [a_run_tells_whom_it_reaches(project, there, capsys)]
    spoken = alerts(project, SPOKEN)
    monkeypatch.setenv("MODEL_MONITOR_UNSET_HOOK", f"{there.url}/found")
    killed_before_it_is_written_down(project, spoken, there)
    ids = list(spoken["alert_id"])
    said.append(people_answer(project, ids, capsys))
    nobody_has_answered_in_time(project, ids, there)
    # a day later the silence is over
    run(project, AS_OF + pd.Timedelta(days=1, hours=1))
    assert pd.isna(alerts(project).set_index("alert_id").loc[ids[1], "silenced_by"])
    what_was_done_stays(project)
    said.append("".join(capsys.readouterr()))
    said.append(every_channel_and_every_output(project, there, monkeypatch, capsys))
    no_secret_is_anywhere(project, said)


def a_run_tells_whom_it_reaches(
    project: Project, there: Receiver, capsys: pytest.CaptureFixture[str]
) -> str:
    """And says whom it does not; its exit code says so."""
    assert run(project) == 3
    said = capsys.readouterr()
    spoken = alerts(project, SPOKEN)
    assert len(spoken) > 1
    told = [request.json for request in there.requests]
    assert sorted(one["alert_id"] for one in told) == sorted(spoken["alert_id"])
    assert f"Sent {len(spoken)} notifications; {2 * len(spoken)} still waiting" in said.out
    assert "dead: slack: no answer (ConnectionError)" in said.out
    assert "nobody: slack: the environment variable MODEL_MONITOR_UNSET_HOOK is not set" in said.out
    # of the silences the one that is in force and has an end
    silenced = alerts(project, "silenced_by is not null")
    assert set(silenced["silenced_by"]) == {"ann"}
    assert set(silenced["slice_value"]) == {"isles"}
    # again: nothing is told twice, the dead are tried again
    assert ask(project, "notify", "--fail-on", "none") == 3
    assert len(there.requests) == len(spoken)
    # those that wait for the dead are due; to look at them sends nothing
    assert ask(project, "notify", "--dry-run") == 0
    due = capsys.readouterr().out
    assert f"Notifications due: {2 * len(spoken)}. Nothing was sent." in due
    assert due.count("dead · slack · [") == len(spoken)
    assert len(there.requests) == len(spoken)
    return said.out + said.err + due


def killed_before_it_is_written_down(
    project: Project, spoken: pd.DataFrame, there: Receiver
) -> None:
    """With a signal that nobody catches, when the receiver has it and nobody else knows."""
    processes: list[subprocess.Popen[bytes]] = []

    def kill(request: Request) -> None:
        if request.path == "/found":
            processes[0].kill()

    there.arrived = kill
    program = [sys.executable, "-m", "model_monitor", *placed(project, "notify")]
    processes.append(subprocess.Popen(program, stdout=subprocess.DEVNULL))
    assert processes[0].wait(120) == -signal.SIGKILL
    there.arrived = lambda _: None
    (lost,) = [request.json["text"] for request in there.requests if request.path == "/found"]
    taken = project.query("select * from monitor_deliveries where contact_id = 'nobody'")
    assert set(taken["status"]) == {"failed"}
    assert ask(project, "notify", "--fail-on", "none") == 3
    texts = [request.json["text"] for request in there.requests if request.path == "/found"]
    incidents = project.frame("monitor_incidents").set_index("alert_id")["message"]
    words = [f"[{one.severity}] {incidents[one.alert_id]}" for one in spoken.itertuples()]
    assert sorted(texts) == sorted([*words, lost])
    taken = project.frame("monitor_deliveries", "status = 'sent'")
    assert taken.groupby("transition_id").size().max() == 1


def people_answer(project: Project, ids: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Seen, silenced, decided; what cannot be is said."""
    spoken = project.frame("monitor_incidents").set_index("alert_id")
    incident_id = spoken.loc[ids[0], "incident_id"]
    assert ask(project, "explain", incident_id) == 0
    explained = capsys.readouterr().out
    assert f"{ids[0]} · {incident_id}" in explained
    assert spoken.loc[ids[0], "action_reason"] in explained
    # what an incident is called is what the alert is called that speaks for it
    assert ask(project, "ack", incident_id[:10], "--reason", "on it", "--author", "kim") == 0
    triage = ["triage", ids[0], "true", "--action", "rollback", "--reason", "the feed broke"]
    triage += ["--cause", "the join lost its key", "--prevention", "a contract with the producer"]
    assert ask(project, *triage) == 0
    silence = ["silence", ids[1], "--until", "1d", "--reason", ODD_REASON, "--author", "jo"]
    assert ask(project, *silence) == 0
    assert ask(project, "ack", "zz", "--reason", "?") == 64
    assert ask(project, "silence", "--until", "1d", "--reason", "?") == 64
    assert ask(project, "silence", ids[0], "--until", "soon", "--reason", "?") == 64
    # a silence may be ended
    assert ask(project, "silence", ids[2], "--until", "1d", "--reason", "?") == 0
    later = AS_OF + pd.Timedelta(minutes=1)
    assert ask(project, "silence", ids[2], "--until", "0m", "--reason", "?", as_of=later) == 0
    about = ("silence", "--until", "1d", "--reason", "?")
    assert ask(project, *about, "--monitor", "no_such_monitor") == 64
    assert ask(project, *about, "--slice", "nowhere=1") == 64
    assert ask(project, *about, "--subject", "incmoe") == 64
    over = ["silence", ids[0], "--until", "2020-01-01", "--reason", "?"]
    assert ask(project, *over) == 64
    printed = capsys.readouterr()
    assert f"Acknowledged {ids[0]} (" in printed.out
    assert f"Triaged {ids[0]} (" in printed.out
    assert "): true, action rollback, cause: the join lost its key. Takes effect on" in printed.out
    assert f"Silenced {ids[1]} (" in printed.out
    errors = printed.err
    assert "--monitor: unknown name. Valid: " in errors
    assert "--slice: unknown name. Valid: " in errors
    assert "--subject: unknown name. Nearest: income. Got: incmoe" in errors
    assert "--until: ends before it starts. Valid: after " in errors
    assert "ack: unknown id" in errors
    assert "Got: neither" in errors
    assert "--until: not a time. Valid: 90m, 4h, 2d" in errors
    return errors


def nobody_has_answered_in_time(project: Project, ids: list[str], there: Receiver) -> None:
    """But for what was seen or silenced."""
    there.requests.clear()
    run(project, AS_OF + pd.Timedelta(hours=3))
    by_id = alerts(project).set_index("alert_id")
    assert by_id.loc[ids[0], "state"] == "acknowledged"
    assert by_id.loc[ids[0], "acknowledged_by"] == "kim"
    assert by_id.loc[ids[0], "decision"] == "true"
    assert by_id.loc[ids[0], "decided_action"] == "rollback"
    found_out = ("the join lost its key", "a contract with the producer")
    assert (by_id.loc[ids[0], "root_cause"], by_id.loc[ids[0], "prevention"]) == found_out
    incident = (
        project.frame("monitor_incidents")
        .set_index("incident_id")
        .loc[by_id.loc[ids[0], "incident_id"]]
    )
    assert (incident["root_cause"], incident["prevention"]) == found_out
    health = project.frame("monitor_health", "recommendation = 'rollback'")
    triggers = project.frame("monitor_triggers", "action = 'rollback'")
    assert not health.empty or not triggers.empty
    assert by_id.loc[ids[1], "silenced_by"] == "jo"
    boss = [request.json for request in there.requests if request.path.startswith("/boss")]
    assert {one["alert_id"] for one in boss} == set(ids[2:])
    assert {one["transition"] for one in boss} <= {"escalated"}
    months = project.frame("monitor_effectiveness")
    assert months["true_count"].sum() == 1
    assert months["false_count"].sum() == 0
    assert months["precision"].dropna().tolist() == [1.0]
    assert months["mean_hours_to_acknowledge"].notna().sum() == 1


def what_was_done_stays(project: Project) -> None:
    assert project.dbt("build", "--full-refresh", "--select", "monitor_audit").success
    audit = project.frame("monitor_audit")
    # three runs have put down what fired on its own, each once
    own = audit[audit["act"] == "trigger"]
    assert not own.duplicated(["monitor", "subject", "decision", "acted_at"]).any()
    assert sorted(audit["act"].drop(own.index)) == ["ack"] + 3 * ["silence"] + ["triage"]
    assert ODD_REASON in set(audit["reason"])


def every_channel_and_every_output(
    project: Project,
    there: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    """Taken and not taken; the whole job with its copies, and what it says."""
    rows = [
        {"contact_id": name, "channel": channel, "address_variable": variable,
         "escalate_after_hours": None}
        for name, (channel, variable) in EVERY_CHANNEL.items()
    ]  # fmt: skip
    project.load("contacts", pd.DataFrame(rows))
    monkeypatch.setenv("MODEL_MONITOR_PAGERDUTY_URL", f"{there.url}/pager")
    monkeypatch.setenv("MODEL_MONITOR_PAGER_KEY", CANARY)
    monkeypatch.setenv("MODEL_MONITOR_OPS_URL", f"{there.url}/{CANARY}")
    monkeypatch.setenv("MODEL_MONITOR_MAIL_URL", f"mailto://user:{CANARY}@127.0.0.1:9?{MAIL}")
    monkeypatch.setenv("MODEL_MONITOR_CHAT_HOOK", f"http://127.0.0.1:9/{CANARY}")
    monkeypatch.setenv("MODEL_MONITOR_SIGNED_HOOK", f"{there.url}/signed")
    monkeypatch.setenv("MODEL_MONITOR_SIGNED_HOOK_SECRET", CANARY)
    there.requests.clear()
    later = AS_OF + pd.Timedelta(days=1, hours=2)
    prometheus = ("--prometheus", str(project.folder / "open.prom"))
    code = ask(project, "run", "--parquet", *prometheus, "--fail-on", "none", as_of=later)
    assert code != 0
    paths = {request.path for request in there.requests}
    assert {"/pager", f"/{CANARY}/api/v2/alerts", "/signed"} <= paths
    assert ask(project, "notify", "--json", "--fail-on", "none", as_of=later) == 3
    ask(project, "doctor", "--json", as_of=later)
    said = "".join(capsys.readouterr())
    # by `notify` and by `doctor`
    assert said.count("pasted: address_variable: not the name of an environment variable") > 1
    assert "mail: apprise: the receiver did not accept it" in said
    # of those who are no contacts any more what waited is given up
    assert "dead: no longer a contact" in said
    return said


def no_secret_is_anywhere(project: Project, said: list[str]) -> None:
    files = [file for file in project.folder.rglob("*") if file.is_file()]
    kinds = [file.suffix for file in files]
    assert kinds.count(".duckdb") == 2
    assert ".prom" in kinds
    texts = list(said)
    for file in files:
        if file.suffix == ".duckdb":
            with duckdb.connect(str(file), read_only=True) as connection:
                tables = connection.execute(
                    "select table_schema || '.' || table_name from information_schema.tables "
                    "where table_type = 'BASE TABLE' and table_schema <> 'logs' "
                    "or table_name = 'stg_monitor__contacts'"
                ).fetchall()
                assert len(tables) > 30
                texts += [connection.table(name).df().to_csv() for (name,) in tables]
        elif file.suffix == ".parquet":
            texts.append(duckdb.read_parquet(str(file)).df().to_csv())
    # but in the table of whoever pasted it
    everything = "".join(texts)
    assert CANARY not in everything
    assert PASTED not in everything
    assert not [file for file in files if CANARY.encode() in file.read_bytes()]


def test_without_contacts_nothing_is_told_and_nothing_fails(
    tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {**MONITOR, "windows": ["day"], "features": ["income"], "slices": []}
    project = Project(tmp_path / "project", [small], {"scores": log().head(2000)})
    assert ask(project, "notify") == 2
    assert "To build it: model-monitor run" in capsys.readouterr().err
    assert run(project) == 0
    capsys.readouterr()
    assert ask(project, "notify", "--json", "--fail-on", "none") == 0
    found = json.loads(capsys.readouterr().out)
    nothing = {"failed": {}, "skipped": {}, "notices": []}
    assert found["delivery"] == {"sent": 0, "digested": 0, "waiting": 0, **nothing}
