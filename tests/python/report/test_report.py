"""The report: what it says, that nothing in it can act, and that each figure can be recounted."""

from __future__ import annotations

import html
import itertools
import re
import shutil
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from model_monitor.errors import MonitorError, UsageError
from model_monitor.report.build import ReportOptions, render
from model_monitor.report.sections import SECTIONS
from model_monitor.report.source import Source
from model_monitor.report.wording import number, percent, sentence

from ..harness.drawn_charts import figures, section
from ..harness.report_tables import (
    HOSTILE,
    LONG,
    RIGHT_TO_LEFT,
    SCHEMA,
    Results,
    rename,
    shuffle,
    write,
)

PATH = re.compile(r'<path class="h[3-5]" d="([^"]*)"')
RUN = re.compile(r"h(\d+)")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("report") / "warehouse.duckdb")


@pytest.fixture(scope="module")
def page(file: Path) -> str:
    return render(Results(file), ReportOptions())


class Elements(HTMLParser):
    """Every element with its attributes, and the text outside of the style sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def words(page: str) -> str:
    return visible(page.split("</style>", maxsplit=1)[1])


def visible(part: str) -> str:
    """The text of a part of the page. A number is no word of its own."""
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</?data\b[^>]*>", "", part))
    return " ".join(html.unescape(text).split())


def queries(page: str) -> list[str]:
    return [
        html.unescape(found) for found in re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.S)
    ]


def test_the_same_tables_give_the_same_bytes(file: Path, page: str, tmp_path: Path) -> None:
    """In whatever order the warehouse stores and returns their rows."""
    assert render(Results(file), ReportOptions()) == page
    for name, order in (("reversed", "rowid desc"), ("mixed", "hash(rowid)")):
        copy = tmp_path / f"{name}.duckdb"
        shutil.copy(file, copy)
        shuffle(copy, order)
        assert render(Results(copy), ReportOptions()) == page


def test_the_first_screen_names_the_model_and_the_action(page: str) -> None:
    first = words(page.split('class="chapter"', maxsplit=1)[0])
    assert "2 of 3 models have a problem" in first
    assert "distance_km shifted since 14 Jun" in first
    assert "What to do Retrain the model" in first
    assert "Why the model is out of date" in first
    assert "Evaluated until 20 Jun" in first
    assert first.index("prices") < first.index("tiny"), "problems first"
    assert "Mistake in the policy policy › changes › sale: <b>unknown</b>" in first


def test_nothing_acts_and_nothing_is_loaded(page: str) -> None:
    elements = Elements(page).found
    assert not {tag for tag, _ in elements} & {
        "script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use",
    }  # fmt: skip
    for tag, attributes in elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("href", "src", "xlink:href"):
            assert str(attributes.get(name) or "#").startswith("#"), attributes
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert "@import" not in page
    assert "url(" not in page


def test_hostile_names_are_inert(page: str) -> None:
    assert "<script" not in page
    assert html.escape(HOSTILE) in page
    assert html.escape(LONG) in page
    assert RIGHT_TO_LEFT.split()[1] in page, "braces of a value are kept"
    identifiers = [found["id"] for _, found in Elements(page).found if "id" in found]
    assert len(identifiers) == len(set(identifiers))
    targets = {found["href"] for tag, found in Elements(page).found if tag == "a"}
    assert {str(target)[1:] for target in targets} <= {str(each) for each in identifiers}


# A tag and its classes.
Around = tuple[tuple[str, frozenset[str]], ...]


class Texts(HTMLParser):
    """Texts with the elements around them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, frozenset[str]]] = []
        self.found: list[tuple[Around, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "rect", "path", "circle"):
            self.open.append((tag, frozenset((dict(attrs).get("class") or "").split())))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A figure's element has no text."""

    def handle_data(self, data: str) -> None:
        self.found.append((tuple(self.open), data))


def is_isolated(around: Around, selectors: list[str]) -> bool:
    """Whether the direction of a text ends with the text.

    A query is a block without other text, and a title of a figure is not in the page.
    """
    tags = {tag for tag, _ in around}
    names = tags | {f".{name}" for _, classes in around for name in classes}
    return bool({"bdi", "pre", "title"} & tags) or any(
        names.issuperset(each.split()) for each in selectors
    )


def isolating(page: str) -> list[str]:
    """The selectors of the style sheet whose elements have a direction of their own."""
    style = page.split("<style>")[1].split("</style>", maxsplit=1)[0]
    rules = re.findall(r"([^{}]+)\{[^{}]*unicode-bidi: (?:plaintext|isolate)[;}]", style)
    return [each.strip() for rule in rules for each in rule.split(",")]


RIGHT_TO_LEFT_LETTER = re.compile("[\u0590-\u08ff\u202a-\u202e\u2066-\u2069]")


def test_names_are_isolated_and_inert(tmp_path: Path) -> None:
    """A name with a direction of its own turns no text beside it, and no part of it acts."""
    file = write(tmp_path / "odd.duckdb")
    before = render(Results(file), ReportOptions())
    rename(file)
    page = render(Results(file), ReportOptions())
    titles = re.compile("<h3>.*?</h3>")
    assert titles.findall(page) == titles.findall(before), "each section is there"
    assert "<script" not in page
    turned = [
        (around, text) for around, text in Texts(page).found if RIGHT_TO_LEFT_LETTER.search(text)
    ]
    assert len(turned) > 50
    selectors = isolating(page)
    left = [each for each in turned if not is_isolated(each[0], selectors)]
    assert [(around[-3:], text[:200]) for around, text in left] == []
    for name in ("heatmap", "histograms", "performance", "versions", "fairness", "segments"):
        found = Texts(section(page, "prices", name)).found
        assert any("ש" in text and is_isolated(around, selectors) for around, text in found), name
    assert not is_isolated((("p", frozenset({"note"})),), selectors), "a paragraph is not"


def test_each_family_has_a_section(page: str) -> None:
    chapters = page.split('<section class="chapter"')[1:]
    [chapter] = [found for found in chapters if '<bdi class="name">prices</bdi>' in found]
    titles = re.findall(r"<h3>(.*?)</h3>", chapter)
    # the error analysis is there only if asked for
    expected = [section.title for section in SECTIONS if section.name != "errors"]
    assert titles == expected
    text = visible(chapter)
    for words in (
        "Requested since 15 Jun: drift",
        "0.814 on 14 Jun",  # the latest final value, with later ones provisional
        "2 of 5 buckets differ from the prediction beyond chance",
        "v3 (100% of the traffic now)",
        "refused_rate 5.0% on 19 Jun",
        "log candidates, share of the rows; latest share in brackets search (80%) popular (15%)",
        "missing (none)",  # no row of the latest day
        "Gini 0.50 on 20 Jun",
        "group = b",
        "rooms 25% 0% – 0% – 90",
        "v4 min_auc passes enough",
        "distance_km sold 40% 12 Jun 25% +7.2 points (4, 8] -11.0 points 3 40%",
        "7 days to 14 Jun 300 (12 more without an amount) 1,400 -50 4,000 60% 1.5 ×",
        "region = region 14 Jun 300 1,400 4.67 60%",
        "sold viewed 14 Jun 250 8.0% 1.3% 13% 0.02% 0.383",
        "June 2026 12 5 3 1 75% 2 50%",
        "June 2026 6.5 h 1.2 h 30 h no impact 20%",
        "champion v2 serves no rows. Warning 13 Jun – baseline warming up: 9 of 14 days. Notice 13 Jun",
    ):
        assert words in text


SLICED = f"""
    insert into {SCHEMA}.monitor_distributions
        select * replace ('country' as subject) from {SCHEMA}.monitor_distributions
        where log = 'candidates'
"""


def test_the_sources_of_candidates_are_those_of_further_logs(tmp_path: Path) -> None:
    """Slice columns stay out, and without a further log there is no section."""
    file = write(tmp_path / "sources.duckdb")
    title = "<h3>Sources and categories</h3>"
    steps = (
        SLICED,
        f"update {SCHEMA}.monitor_coverage set slice_name = 'country'"
        " where monitor = 'prices' and subject = 'rooms'",
        f"delete from {SCHEMA}.monitor_distributions where log = 'candidates'",
    )
    pages = []
    for sql in steps:
        with duckdb.connect(str(file)) as connection:
            connection.execute(sql)
        pages.append(render(Results(file), ReportOptions(monitors=("prices",))))
    both, sliced, none = pages
    assert [page.count(title) for page in (both, sliced, none)] == [1, 1, 0]
    charts = [
        [figure.title for figure in figures(section(page, "prices", "sources"), page)]
        for page in (both, sliced)
    ]
    assert charts == [["country", "source"], ["source"]]
    assert "Shares of source in the log candidates per day, until 20 Jun" in sliced


def test_each_query_runs_and_counts_what_the_heat_map_shows(file: Path, page: str) -> None:
    warehouse = Results(file).warehouse
    shown = queries(page)
    assert len(shown) > 15
    for sql in shown:
        warehouse.rows(sql)
    [drift] = [sql for sql in shown if "monitor_drift" in sql and "'prices'" in sql]
    drifted = [
        row
        for row in warehouse.rows(drift)
        if (row["subject"], row["status"]) == ("distance_km", "drifted")
    ]
    figure = page.split("<p><bdi>distance_km</bdi></p>")[1].split("</svg>", maxsplit=1)[0]
    days = sum(int(run) for path in PATH.findall(figure) for run in RUN.findall(path))
    assert days == len(drifted) == 7
    assert "7 of 20 days" in words(page)
    assert "5.7 ×" in words(page), "(0.6 − 0.03) over a threshold of 0.1"


def test_the_histogram_shows_shares_before_and_now(page: str) -> None:
    assert "above 8 has 70% of the rows, 25% in the baseline" in html.unescape(page)


def test_what_is_not_evaluated_says_why_and_is_no_zero(file: Path) -> None:
    page = render(Results(file), ReportOptions(monitors=("tiny",)))
    text = words(page)
    assert "30 days have about 60 independent rows; 500 are needed" in text
    assert "1 not watched: too small" in text
    assert '<span class="badge unwatched">Not watched</span>' in page
    assert number(None) == percent(float("nan")) == "not evaluated"


def test_without_incidents_the_report_is_calm(tmp_path: Path) -> None:
    page = render(Results(write(tmp_path / "calm.duckdb", incidents=False)), ReportOptions())
    assert "No open incident in 3 models" in page
    assert "Nothing to do: no incident is open and no retraining is due." in page
    assert "No incident between" in page


LASTING = f"""
    insert into {SCHEMA}.stg_monitor__changes values
        ('prices', 'c2', 'holiday', 'May', null, timestamp '2026-05-01', timestamp '2026-06-05', null),
        ('prices', 'c3', 'experiment', 'Blue', null, timestamp '2026-06-10',
            timestamp '2026-06-13 12:00', null),
        ('prices', 'c4', 'policy', 'Ends first', null, timestamp '2026-06-12',
            timestamp '2026-05-01', null)
"""


@pytest.mark.parametrize("incidents", [True, False])
def test_a_change_that_lasts_is_a_span(tmp_path: Path, incidents: bool) -> None:
    """Also one that began before the report does; without incidents the changes alone are shown."""
    file = write(tmp_path / "spans.duckdb", incidents=incidents)
    with duckdb.connect(str(file)) as connection:
        connection.execute(LASTING)
    page = render(Results(file), ReportOptions())
    text = words(page)
    assert "10 Jun – 13 Jun, 12:00 Blue (experiment)" in text
    assert "1 May – 5 Jun May (holiday)" in text
    assert "12 Jun Ends first (policy)" in text
    spans = set(re.findall(r'<path class="spans" d="([^"]*)"', page))
    assert len(spans) == int(incidents)
    for span in spans:
        assert span.startswith("M0 0h"), "from the left edge on"
        assert span.count("z") == 2, "the deploy is a moment, and so is what ends before it began"


SHIFT = {
    "monitor": "tiny",
    "subject": "rooms",
    "message": "tiny: 3 of 9 inputs shifted together, most of all rooms since 2026-06-14",
    "moved": "'income, distance_km, <b>age</b>'",
}


def test_a_population_shift_lists_what_moved(tmp_path: Path) -> None:
    page = render(Results(write(tmp_path / "shift.duckdb", more=(SHIFT,))), ReportOptions())
    first, chapters = page.split('class="chapter"', maxsplit=1)
    assert "Population shift 3 of 9 inputs shifted together" in words(first)
    for part in (first, f"</style>{chapters}"):
        assert words(part).count("Moved together income, distance_km, <b>age</b>") == 1
    assert "Also moved" not in page
    assert "<b>age</b>" not in page


@pytest.mark.parametrize(("author", "by"), [("null", ""), ("'ada'", " by ada")])
def test_what_is_accepted_is_neither_open_nor_resolved(
    tmp_path: Path, author: str, by: str
) -> None:
    accepted = SHIFT | {
        "state": "accepted",
        "message": f"{SHIFT['message']} (accepted as the new normal)",
        "accepted_at": "timestamp '2026-06-18'",
        "accepted_by": author,
    }
    page = render(
        Results(write(tmp_path / "accepted.duckdb", more=(accepted,))),
        ReportOptions(monitors=("tiny",)),
    )
    text = words(page)
    note = f"accepted as the new normal on 18 Jun{by}"
    assert f"Population shift {note}: 3 of 9 inputs shifted together" in text
    assert "since 14 Jun; moved together: income, distance_km" in text
    assert f"Critical {note} population shift 14 Jun – 18 Jun" in text, "in the timeline"
    assert text.count("accepted as the new normal") == text.count(note)
    assert "Nothing to do: no incident is open" in text
    assert '<span class="badge unwatched">Not watched</span>' in page
    without_queries = re.sub(r"<pre.*?</pre>", "", page, flags=re.S)
    assert "resolved" not in without_queries.split("</style>", maxsplit=1)[1]
    assert "still open" not in without_queries


@pytest.mark.parametrize("table", ["monitor_drift", "monitor_coverage", "stg_monitor__changes"])
def test_a_missing_table_takes_its_part_away(tmp_path: Path, table: str) -> None:
    found = Results(write(tmp_path / "part.duckdb", without=(table,)))
    page = render(found, ReportOptions())
    assert "distance_km shifted since 14 Jun" in page
    assert ("What drifts, day by day" in page) == (table != "monitor_drift")


def test_without_incidents_table_nothing_is_called_in_order(tmp_path: Path) -> None:
    found = Results(write(tmp_path / "part.duckdb", without=("monitor_incidents",)))
    page = render(found, ReportOptions())
    assert "3 of 3 models could not be fully evaluated" in page
    assert "the table monitor_incidents does not exist yet" in page


@pytest.mark.parametrize(
    ("table", "column", "title"),
    [
        ("monitor_drift", "psi_noise_limit", "What drifts, day by day"),
        ("monitor_distributions", "bin_label", "Sources and categories"),
        ("monitor_concentration", "gini", "Concentration of exposure"),
    ],
)
def test_a_table_of_another_shape_is_named_in_its_section(
    tmp_path: Path, table: str, column: str, title: str
) -> None:
    """Also in a section that is left out where a monitor has no such data."""
    file = write(tmp_path / "old.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"alter table {SCHEMA}.{table} drop column {column}")
    page = render(Results(file), ReportOptions(monitors=("prices",)))
    [section] = [each for each in page.split("<section ") if f"<h3>{title}</h3>" in each]
    assert "Not everything could be read:" in section
    assert page.count("Not everything could be read:") == 1
    assert "distance_km shifted since 14 Jun" in page


def test_without_results_the_next_command_is_named(tmp_path: Path) -> None:
    found = Results(write(tmp_path / "none.duckdb", without=("monitor_alerts",)))
    with pytest.raises(MonitorError, match="monitor_alerts does not exist yet"):
        render(found, ReportOptions())


def test_the_options_choose_monitors_and_days(file: Path) -> None:
    page = render(Results(file), ReportOptions(monitors=("prices",), since=date(2026, 6, 10)))
    assert "prices has a problem" in page
    assert HOSTILE not in html.unescape(page).split("Changes")[0]
    assert "shown since 10 Jun 2026" in page
    with pytest.raises(UsageError, match="Nearest: prices"):
        render(Results(file), ReportOptions(monitors=("price",)))
    with pytest.raises(UsageError, match="--since: no results after that day"):
        render(Results(file), ReportOptions(since=date(2027, 1, 1)))


def test_a_mandatory_rollback_comes_first(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    shutil.copy(file, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            f"insert into {SCHEMA}.monitor_triggers select * replace ('rollback' as action,"
            " true as is_mandatory, 'p rose' as reasons, 'on-call' as approvers)"
            f" from {SCHEMA}.monitor_triggers limit 1"
        )
    page = render(Results(copy), ReportOptions())
    at = page.index("Rollback mandatory")
    assert "Roll back <bdi>v3</bdi>" in page[at:]
    assert "p rose" in page[at:]
    assert "on-call" in page[at:]
    assert "Rollback mandatory" not in render(Results(file), ReportOptions())


def test_one_query_per_table_and_section_for_all_monitors(file: Path) -> None:
    results = Results(file)
    render(results, ReportOptions())
    queries = results.warehouse.queries
    assert len(queries) == len(set(queries))
    assert len(queries) < 42


def test_every_section_has_a_template_and_a_question() -> None:
    templates = Path(__file__).resolve().parents[3] / "python/model_monitor/report/templates"
    names = [section.name for section in SECTIONS]
    assert sorted(path.stem for path in (templates / "sections").iterdir()) == sorted(names)
    assert all(section.question.endswith("?") for section in SECTIONS)


def test_headings_are_in_order(page: str) -> None:
    levels = [int(tag[1]) for tag, _ in Elements(page).found if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("shop: a rose since 2026-06-16 04:00, after b", "a rose since 16 Jun, 04:00, after b"),
        ("shop v2: a rose since 2026-06-16", "v2: a rose since 16 Jun"),
        ("a since 2026-99-99", "a since 2026-99-99"),
    ],
)
def test_dates_of_messages_are_short(message: str, shown: str) -> None:
    assert sentence(message, "shop") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.5912, "0.591"), (12345.6, "12,346"), (0.00004, "4.0e-05"), (15, "15")],
)
def test_numbers_have_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_value_in_a_query_stays_a_value(file: Path) -> None:
    source = Source(Results(file), ("o'brien {since}",))
    value = "{monitor_drift}' or '1' = '1"
    sql = source.sql(f"select {source.text(value)} as value where {{monitors}}")
    assert sql.endswith("where monitor = 'o''brien {since}'")
    assert Results(file).warehouse.rows(sql.split(" where ")[0]) == [{"value": value}]


def test_without_a_monitor_the_report_says_so(tmp_path: Path) -> None:
    file = write(tmp_path / "empty.duckdb", without=("monitor_health",), incidents=False)
    page = render(Results(file), ReportOptions())
    assert "No model has been evaluated yet" in page
    assert "chapter-head" not in page.split("</style>", maxsplit=1)[1]
