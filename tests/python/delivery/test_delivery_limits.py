"""What must be sent is sent at least once and within a stated time, whatever else fails."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model_monitor.delivery.deliver import Delivered, deliver, show
from model_monitor.delivery.dispatch import Limits
from model_monitor.delivery.http import Http
from model_monitor.delivery.outbox import STANDING, WAITING
from model_monitor.delivery.parcels import INDIVIDUAL
from model_monitor.delivery.threads import IN_THREADS
from model_monitor.errors import MonitorError
from model_monitor.output import Output
from model_monitor.warehouse.locks import RunLock

from ..harness import outbox_driver
from ..harness.evidence import Note
from ..harness.outbox_driver import LIMITS, STEPS
from ..harness.outbox_project import TABLES, OutboxProject
from ..harness.postgres_server import Server
from ..harness.receivers import Receiver, Request, receiver

ROOT = Path(__file__).resolve().parents[3]
LIMITED = Limits()
PAGERDUTY = "MODEL_MONITOR_PAGERDUTY_URL"

pytestmark = pytest.mark.promise(5)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def project_of(folder: Path, *contacts: tuple[str, str]) -> OutboxProject:
    project = OutboxProject(folder / "outbox.duckdb")
    project.make(*contacts)
    return project


def told(
    project: Any, limits: Limits = LIMITED, wait: float = 1.0, **environment: str
) -> Delivered:
    http = Http(sleep=lambda _: None)
    return deliver(project, Output(), wait, http=http, environment=environment, limits=limits)


# -- kills


ADDRESSED = {
    "hook": ("webhook", "/hook"), "chat": ("slack", "/chat"), "ops": ("alertmanager", "/ops"),
    "pager": ("pagerduty", "/pager"),
}  # fmt: skip
WORDS = 3


def addresses(there: Receiver) -> dict[str, str]:
    found = {
        f"MODEL_MONITOR_{name.upper()}": there.url + path for name, (_, path) in ADDRESSED.items()
    }
    return {**found, PAGERDUTY: f"{there.url}/pager"}


def keys(requests: list[Request]) -> dict[str, Counter[str]]:
    """By receiver what arrived, by what that receiver drops a second one by; Slack shows each."""
    found: dict[str, Counter[str]] = {name: Counter() for name in ADDRESSED}
    for request in requests:
        said = request.json
        if request.path == "/hook":
            found["hook"][request.headers["Idempotency-Key"]] += 1
        elif request.path == "/chat":
            found["chat"][said["text"]] += 1
        elif request.path == "/pager":
            found["pager"][said["dedup_key"]] += said["event_action"] == "trigger"
        else:
            now = [each for each in said if each["endsAt"][:4] > each["startsAt"][:4]]
            found["ops"].update(each["labels"]["alert_id"] for each in now)
    return found


@pytest.mark.parametrize("step", STEPS)
def test_whatever_step_is_the_last_nothing_is_lost(
    tmp_path: Path, there: Receiver, step: str, monkeypatch: pytest.MonkeyPatch, evidence: Note
) -> None:
    project = project_of(tmp_path, *((name, channel) for name, (channel, _) in ADDRESSED.items()))
    project.say(0, WORDS)
    environment = addresses(there)
    # a server that has imported everything forks the process: a tenth of the time
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "python"), str(ROOT)]))
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([outbox_driver.__name__])
    driver = processes.Process(
        target=outbox_driver.main, args=(str(project.file), step, environment)
    )
    driver.start()
    driver.join(60)
    assert driver.exitcode == -signal.SIGKILL
    before = len(there.requests)
    again = told(project, **environment)
    assert (again.failed, again.waiting) == ({}, 0)
    arrived = keys(there.requests)
    # who drops by a key has each once; Slack shows at most again what nobody had written down
    assert {
        name: sum(count > 0 for count in found.values()) for name, found in arrived.items()
    } == (dict.fromkeys(ADDRESSED, WORDS))
    assert sum(arrived["chat"].values()) <= WORDS + LIMITS.unwritten
    assert project.statuses() == {(name, "sent"): WORDS for name in sorted(ADDRESSED)}
    evidence(
        f"notifications that arrived after a kill {step}", f"{WORDS} of {WORDS} at each receiver"
    )
    # and what was written down is not said again
    if step == "when everything is done":
        assert len(there.requests) - before == 1  # an Alertmanager is reminded of what stands


# -- time


def test_a_receiver_that_drips_is_given_up_and_keeps_nobody_waiting(
    tmp_path: Path, there: Receiver
) -> None:
    """A byte every tenth of a second is an answer for every single read."""
    project = project_of(tmp_path, ("slow", "slack"), ("team", "webhook"))
    project.say(0, 3)
    with receiver("dripping") as dripping:
        begun = time.monotonic()
        done = told(
            project,
            Limits(request=0.7),
            MODEL_MONITOR_SLOW=dripping.url,
            MODEL_MONITOR_TEAM=there.url,
        )
        assert time.monotonic() - begun < 10
    assert done.failed == {"slow": "slack: no answer within 1 seconds"}
    assert project.statuses() == {("slow", "failed"): 1, ("team", "sent"): 3}
    assert done.waiting == 3


def test_what_the_time_of_a_run_does_not_suffice_for_is_counted_and_sent_by_the_next(
    tmp_path: Path, there: Receiver
) -> None:
    project = project_of(tmp_path, ("team", "webhook"), ("late", "webhook"))
    project.say(0, 20)
    there.arrived = lambda _: time.sleep(0.1)
    everybody = {"MODEL_MONITOR_TEAM": there.url, "MODEL_MONITOR_LATE": there.url}
    begun = time.monotonic()
    done = told(project, Limits(run=0.5), **everybody)
    assert time.monotonic() - begun < 10
    assert 0 < done.sent < 20
    assert done.waiting == 40 - done.sent
    assert (
        "notifications wait for the next run: the 0 seconds for sending are used up"
        in (done.failed["team"])
    )
    there.arrived = lambda _: None
    again = told(project, **everybody)
    assert (again.failed, again.waiting) == ({}, 0)
    sent = project.query(
        "select count(distinct (contact_id, transition_id)) from monitor_deliveries where status = 'sent'"
    )
    assert sent == [(40,)]


def test_who_took_nothing_the_last_time_waits_behind_the_others(
    tmp_path: Path, there: Receiver
) -> None:
    """With one receiver at a time, a dead one keeps the second waiting in one run and not in two."""
    project = project_of(tmp_path, ("a_dead", "slack"), ("team", "webhook"))
    project.say(0, 1)
    with receiver("dripping") as dripping:
        everybody = {"MODEL_MONITOR_A_DEAD": dripping.url, "MODEL_MONITOR_TEAM": there.url}
        limits = Limits(run=1.5, request=5.0, at_once=1)
        assert told(project, limits, **everybody).sent == 0
        assert told(project, limits, **everybody).sent == 1


# -- many


def test_five_thousand_are_told_in_time_with_a_cap_for_people(tmp_path: Path) -> None:
    """What was 5,000 posts over 230 s with the database locked."""
    with receiver(keeps_alive=True) as there:
        five_thousand(tmp_path, there)


def five_thousand(folder: Path, there: Receiver) -> None:
    many, alerts, posts = 5_000, 500, 200
    people = ("chat", "pager")
    names = [
        ("chat", "slack"),
        ("hook", "webhook"),
        ("ops", "alertmanager"),
        ("pager", "pagerduty"),
    ]
    project = project_of(folder, *names)
    project.say(0, many, where="contact_id in ('chat', 'pager')")
    # programs get everything; less of it, for the time that a receiver in Python takes
    project.say(0, alerts, where="contact_id = 'ops'")
    project.say(0, posts, where="contact_id = 'hook'")
    begun = time.monotonic()
    done = told(project, **addresses(there))
    took = time.monotonic() - begun
    assert (done.failed, done.waiting) == ({}, 0)
    assert project.statuses() == {
        **{(name, "digested"): many - INDIVIDUAL for name in people},
        **{(name, "sent"): INDIVIDUAL for name in people},
        ("hook", "sent"): posts, ("ops", "sent"): alerts,
    }  # fmt: skip
    texts = [request.json["text"] for request in there.requests if request.path == "/chat"]
    assert len(texts) == INDIVIDUAL + 1
    assert texts[-1] == (
        "[critical] and 4,970 more notifications (4,500 warn, 470 critical). "
        "To list them: model-monitor alerts --all"
    )
    # those that are sent one by one are the gravest
    assert all(text.startswith("[critical]") for text in texts)
    arrived = keys(there.requests)
    assert {name: len(arrived[name]) for name in ("hook", "ops")} == {"hook": posts, "ops": alerts}
    assert sum(request.path.startswith("/ops") for request in there.requests) == alerts // 100
    assert there.connections == len(names)
    print(f"{done.sent + done.digested:,} in {took:.1f} s, {len(there.requests)} requests")


def test_what_a_digest_told_ends_in_a_digest(tmp_path: Path, there: Receiver) -> None:
    project = project_of(tmp_path, ("chat", "slack"), ("pager", "pagerduty"))
    everybody = addresses(there)
    project.say(0, INDIVIDUAL + 20)
    told(project, **everybody)
    digested = {
        alert
        for (alert,) in project.query(
            "select alert_id from monitor_outbox join monitor_deliveries using (transition_id) "
            "where status = 'digested'"
        )
    }
    assert len(digested) == 20
    first = [request.json for request in there.requests if request.path == "/pager"]
    [incident] = [one for one in first if "more notifications" in str(one.get("payload"))]

    # all but the last five are over, five of the digest's among them or not
    there.requests.clear()
    project.say(0, INDIVIDUAL + 15, "resolved", day=1)
    done = told(project, **everybody)
    assert (done.failed, done.waiting) == ({}, 0)
    texts = [request.json["text"] for request in there.requests if request.path == "/chat"]
    ended = INDIVIDUAL + 15
    own = ended - sum(f"alert{number:05}" in digested for number in range(ended))
    assert len(texts) == own + 1
    assert texts[-1].startswith(
        f"[resolved] and {ended - own} more notifications ({ended - own} resolved)"
    )
    pager = [request.json for request in there.requests if request.path == "/pager"]
    # the incident of the digest stands as long as one of its alerts does
    assert pager[-2]["event_action"] == "trigger"
    assert pager[-2]["dedup_key"] in {one["dedup_key"] for one in first}
    assert incident["dedup_key"] in {pager[-2]["dedup_key"], f"{pager[-2]['dedup_key']}/critical"}
    ends = {one["dedup_key"] for one in pager if one["event_action"] == "resolve"}
    assert not {f"{alert}" for alert in digested} & ends

    there.requests.clear()
    project.say(INDIVIDUAL + 15, INDIVIDUAL + 20, "resolved", day=2)
    told(project, **everybody)
    pager = [request.json for request in there.requests if request.path == "/pager"]
    assert {one["event_action"] for one in pager} == {"resolve"}
    assert incident["dedup_key"] in {one["dedup_key"] for one in pager}


def test_an_alertmanager_that_refuses_one_takes_the_others(tmp_path: Path, there: Receiver) -> None:
    project = project_of(tmp_path, ("ops", "alertmanager"))
    project.say(0, 3)
    there.answers = [400, 200, 400, 200]
    done = told(project, **addresses(there))
    assert (done.sent, done.failed, done.waiting) == (2, {"ops": "alertmanager: HTTP 400"}, 0)
    assert [len(request.json) for request in there.requests] == [6, 2, 2, 2]
    assert project.statuses() == {("ops", "refused"): 1, ("ops", "sent"): 2}


@pytest.mark.slow
def test_postgres_says_the_same_of_what_waits(tmp_path: Path, postgres: Server) -> None:
    project = project_of(tmp_path, ("chat", "slack"))
    project.say(0, 6)
    project.say(0, 4, "resolved", day=1)
    statuses = {0: "sent", 1: "digested", 2: "digested", 4: "digested", 5: "failed"}
    for number, status in statuses.items():
        project.query(
            "insert into monitor_deliveries (transition_id, contact_id, channel, status, thread_id) "
            f"values ('chat-firing-{number}', 'chat', 'slack', '{status}', 'C024BE91L:17.{number}')"
        )
    names = {"outbox": "monitor_outbox", "deliveries": "monitor_deliveries"}
    postgres.create("waiting")
    copied = ("stg_monitor__contacts", "monitor_outbox", "monitor_deliveries")
    with postgres.connect("waiting") as connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        for table in copied:
            for row in project.query(f"select * from {table}"):
                cursor.execute(f"insert into {table} values ({', '.join(['%s'] * len(row))})", row)
        for statement in (WAITING, STANDING, IN_THREADS):
            cursor.execute(statement.format(**names))
            assert cursor.fetchall() == project.query(statement.format(**names))
    waits = project.query(
        f"select transition_id, was_digested, failure_count from ({WAITING.format(**names)}) order by place"
    )
    assert waits == [
        ("chat-firing-3", 0, 0), ("chat-firing-5", 0, 1), ("chat-resolved-0", 0, 0),
        ("chat-resolved-1", 1, 0), ("chat-resolved-2", 1, 0), ("chat-resolved-3", 0, 0),
    ]  # fmt: skip
    threads = project.query(f"select transition_id, thread_id from ({IN_THREADS.format(**names)})")
    assert threads == [("chat-firing-0", "C024BE91L:17.0")]
    assert project.query(STANDING.format(**names)) == [("chat", "slack", "MODEL_MONITOR_CHAT", 1)]


# -- the database


def test_others_read_and_write_while_something_is_sent(tmp_path: Path, there: Receiver) -> None:
    """Another process: in this one DuckDB would share the file."""
    project = project_of(tmp_path, ("team", "webhook"))
    project.say(0, 2)
    written = []

    def write(_: Request) -> None:
        code = f"import duckdb; duckdb.connect({str(project.file)!r}).execute('create table t{len(written)} (i int)')"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        written.append(done.returncode)

    there.arrived = write
    # nothing is written down between the two
    assert told(project, Limits(write_every=60.0), MODEL_MONITOR_TEAM=there.url).sent == 2
    assert written == [0, 0]


def test_somebody_who_keeps_the_database_limits_what_is_sent_again(
    tmp_path: Path, there: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    project = project_of(tmp_path, ("team", "webhook"))
    project.say(0, 50)
    code = (
        "import sys, time, duckdb; print('ready', flush=True); sys.stdin.readline(); "
        f"held = duckdb.connect({str(project.file)!r}); print('open', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    said = holder.stdout
    assert said.readline() == "ready\n"

    def hold(_: Request) -> None:
        if len(there.requests) == 1:
            assert holder.stdin is not None
            holder.stdin.write("\n")
            holder.stdin.flush()
            assert said.readline() == "open\n"

    there.arrived = hold
    try:
        with pytest.raises(
            MonitorError, match="10 delivery attempts could not be recorded, so the next"
        ):
            told(project, Limits(run=3.0, unwritten=10), wait=0.2, MODEL_MONITOR_TEAM=there.url)
    finally:
        holder.kill()
        holder.wait()
    assert len(there.requests) == 10
    assert told(project, MODEL_MONITOR_TEAM=there.url).waiting == 0
    assert project.statuses() == {("team", "sent"): 50}
    assert len(there.requests) == 60


def test_only_one_run_tells_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "some.duckdb"
    code = (
        "import sys, time; from pathlib import Path; from model_monitor.warehouse.locks import RunLock; "
        f"lock = RunLock(Path({str(file)!r})); print(lock.taken(), flush=True); time.sleep(60)"
    )
    mine = RunLock(file)
    with ExitStack() as stack:
        other = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
        )  # fmt: skip
        stack.callback(other.wait)
        stack.callback(other.kill)
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert not mine.taken()
        holder = mine.holder()
        assert holder is not None
        assert holder.pid == other.pid
    assert mine.taken()
    mine.close()
    assert mine.holder() is None


# -- what is sent beside


def test_no_password_of_a_netrc_is_sent_and_no_redirect_is_followed(
    tmp_path: Path, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "netrc"
    secrets.write_text("machine 127.0.0.1 login somebody password canary\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(secrets))
    monkeypatch.setenv("HOME", str(tmp_path))
    project = project_of(tmp_path, ("chat", "slack"), ("mail", "apprise"))
    project.say(0, 1)
    port = there.url.rpartition(":")[2]
    there.answers = [302]
    done = told(
        project, MODEL_MONITOR_CHAT=there.url, MODEL_MONITOR_MAIL=f"json://127.0.0.1:{port}/x"
    )
    assert set(done.failed) == {"chat", "mail"}
    assert len(there.requests) == 2, "a redirect was followed"
    assert not [request for request in there.requests if "Authorization" in request.headers]


def test_plain_http_and_unsigned_webhooks_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = project_of(tmp_path, ("hook", "webhook"), ("chat", "slack"), ("ops", "alertmanager"))
    done = told(
        project, MODEL_MONITOR_HOOK="http://hooks.example.com/x", MODEL_MONITOR_CHAT="https://a.example",
        MODEL_MONITOR_OPS="http://localhost:9093",
    )  # fmt: skip
    assert done.notices == [
        "hook: MODEL_MONITOR_HOOK is plain http, so others on the network can read it. Use https",
        "hook: the webhook is not signed: set MODEL_MONITOR_HOOK_SECRET",
    ]
    show(done, Output())
    assert "  notice    hook: MODEL_MONITOR_HOOK is plain http" in capsys.readouterr().out


def test_no_other_variable_is_sent_away(tmp_path: Path, there: Receiver) -> None:
    """Even where the outbox itself says so."""
    project = project_of(tmp_path, ("thief", "pagerduty"))
    project.say(0, 1)
    with duckdb.connect(str(project.file)) as connection:
        for table in ("monitor_outbox", "stg_monitor__contacts"):
            connection.execute(f"update {table} set address_variable = 'PGPASSWORD'")
    done = told(project, PGPASSWORD="canary", **{PAGERDUTY: there.url})
    assert "address_variable: must begin with MODEL_MONITOR_" in done.failed["thief"]
    assert there.requests == []
    assert not [thread for thread in threading.enumerate() if "canary" in str(thread)]
