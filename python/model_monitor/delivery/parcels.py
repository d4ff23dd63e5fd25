"""What goes out as one request: a word, many alerts at once, or a digest in place of many words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_monitor.delivery.word import Digest, Receiver, Word, digest

# Channels that people read: beyond so many words a run, a digest says how many more there are.
READ_BY_PEOPLE = ("apprise", "pagerduty", "slack")
INDIVIDUAL = 30
BATCH = 100  # alerts in one request to an Alertmanager


@dataclass(frozen=True)
class Parcel:
    """One request."""

    words: tuple[Word, ...]  # of which it tells
    digest: Digest | None = None

    @property
    def content(self) -> Word | Sequence[Word]:
        if self.digest is not None:
            return self.digest
        return self.words[0] if len(self.words) == 1 else self.words


def packed(words: Sequence[Word], standing: Mapping[Receiver, str]) -> list[Parcel]:
    """The words of one receiver as requests, in their order, a digest last.

    `standing` has what is open and was told by an earlier digest alone.
    """
    channel = words[0].channel
    if channel == "alertmanager":
        return list(batches(words))
    if channel not in READ_BY_PEOPLE:
        return [Parcel((word,)) for word in words]
    chosen = individual(words)
    single = [word for number, word in enumerate(words) if number in chosen]
    covered = [word for number, word in enumerate(words) if number not in chosen]
    parcels = [Parcel((word,)) for word in single]
    if covered:
        # PagerDuty has one incident for all digests, which lasts as long as what any of them told
        earlier = standing.get(words[0].receiver) if channel == "pagerduty" else None
        gravest = graver(open_severity(covered, words), earlier)
        parcels.append(Parcel(tuple(covered), digest(covered, gravest)))
    return parcels


def individual(words: Sequence[Word]) -> set[int]:
    """The places of the words that are sent one by one: the gravest first, what is over last.

    Of what a digest alone told, a digest says too that it is over. What ends an incident in
    PagerDuty notifies nobody, and without it the incident stays: it counts for nothing.
    """
    places = [place for place, word in enumerate(words) if not (word.is_over and word.was_digested)]
    free = [
        place for place in places if words[place].channel == "pagerduty" and words[place].is_over
    ]
    limited = [place for place in places if place not in set(free)]
    limited.sort(key=lambda place: (words[place].is_over, words[place].severity != "critical"))
    return {*free, *limited[:INDIVIDUAL]}


def open_severity(covered: Sequence[Word], words: Sequence[Word]) -> str | None:
    """The gravest of what a digest tells to have begun and what is not over by now."""
    over = {of_episode(word) for word in words if word.is_over}
    gravest = None
    for word in covered:
        if not word.is_over and of_episode(word) not in over:
            gravest = graver(gravest, word.severity)
    return gravest


def of_episode(word: Word) -> tuple[str, object]:
    return word.alert_id, word.row.get("episode")


def graver(one: str | None, other: str | None) -> str | None:
    return "critical" if "critical" in (one, other) else one or other


def batches(words: Sequence[Word]) -> Iterator[Parcel]:
    """Neighbours together, but no two words about one alert: the later one counts."""
    batch: list[Word] = []
    for word in words:
        if len(batch) == BATCH or word.alert_id in {each.alert_id for each in batch}:
            yield Parcel(tuple(batch))
            batch = []
        batch.append(word)
    if batch:
        yield Parcel(tuple(batch))
