"""`model-monitor demo`: until when, and that its notifications stay on this machine."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

import pytest
import requests

from model_monitor.cli.demo import last_midnight, settings_of
from model_monitor.cli.parser import parser
from model_monitor.demo import Settings
from model_monitor.demo.receiver import receiving
from model_monitor.demo.registry import ADDRESS_VARIABLE, CONTACTS
from model_monitor.errors import UsageError


def settings(*arguments: str) -> Settings:
    return settings_of(parser().parse_args(["demo", *arguments]))


def test_the_logs_end_today() -> None:
    before, found, after = datetime.now(UTC), settings(), datetime.now(UTC)
    assert last_midnight(before) <= found.shown_end <= last_midnight(after)
    assert found.read_off_at <= after.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("now", "end"),
    [("2026-03-02T05:59", date(2026, 3, 1)), ("2026-03-02T06:00", date(2026, 3, 2))],
)
def test_a_day_is_in_the_logs_when_all_its_rows_are_loaded(now: str, end: date) -> None:
    assert last_midnight(datetime.fromisoformat(now)) == end


def test_the_logs_end_on_a_given_day_and_are_read_off_six_hours_later() -> None:
    found = settings("--end", "2026-03-02")
    assert found.shown_end == date(2026, 3, 2)
    assert f"{found.read_off_at}" == "2026-03-02 06:00:00"
    assert (
        found.rng("fraud", 3).random() == settings("--end", "2025-12-25").rng("fraud", 3).random()
    )


def test_the_size_is_that_of_the_benchmarks_unless_another_is_given() -> None:
    assert settings("--end", "2026-07-01") == Settings()
    small = settings("--days", "9", "--rows-per-day", "300", "--seed", "8")
    assert (small.days, small.rows_per_day, small.seed) == (9, 300, 8)
    with pytest.raises(UsageError, match="at least 1"):
        settings("--days", "0")


def test_notifications_go_to_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {contact.address_variable for contact in CONTACTS} == {ADDRESS_VARIABLE}
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example.com")
    before = dict(os.environ)
    with receiving():
        address = os.environ[ADDRESS_VARIABLE]
        assert address.startswith("http://127.0.0.1:")
        assert os.environ["NO_PROXY"] == "internal.example.com,127.0.0.1"
        assert requests.post(address, json={"title": "a"}, timeout=5).status_code == 204
    assert dict(os.environ) == before


def test_an_address_of_the_user_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS_VARIABLE, "http://127.0.0.1:9/of-the-user")
    with receiving():
        assert os.environ[ADDRESS_VARIABLE] == "http://127.0.0.1:9/of-the-user"
    assert os.environ[ADDRESS_VARIABLE] == "http://127.0.0.1:9/of-the-user"
