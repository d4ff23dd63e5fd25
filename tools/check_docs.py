#!/usr/bin/env python3
"""Check the pages that people read: links, length of lines, first paragraphs and banned words.

Prints every problem at once. Without arguments it checks README.md, CONTRIBUTING.md, SECURITY.md
and docs/; with arguments only those files or folders.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs")
WIDTH = 100
# Words of the project's old dialect, and what to write instead.
BANNED = (
    (r"(?<!un)judgeable", "evaluable"),
    (r"sp(?:eaks?|oke|oken) for|speaker", "represents, lead alert"),
    (r"(?:held|holds?|holding) back", "suppressed"),
    (r"graver|gravest|gravity", "more severe, severity"),
    (r"what is usual|the usual is", "normal range, normally, baseline"),
    (r"c(?:ame|omes?) about", "occurred, rate of"),
    (r"yes (?:or|and) no", "binary"),
    (r"puts? right|mends?|mended|mending", "fix"),
    (r"anew", "again"),
    (r"foret(?:ells?|old|elling)", "estimate, predict"),
    (r"by hand", "worked example, manually"),
    (r"without treatment", "control only, untreated"),
    (r"inhibit(?!ed_by)\w*", "suppressed"),
    (r"unheard", "unrouted"),
    (r"slips?", "mistake"),
    (r"told of|spoken of", "notified, reported"),
    (r"reference unlike|unlike_count", "reference mismatch, reference_mismatch_count"),
    (r"least_effect", "min_effect"),
    (r"how-manieth", "number"),
)
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
FENCE = re.compile(r"^\s*(```+|~~~+)")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
CODE = re.compile(r"`[^`]*`")
NO_PARAGRAPH = re.compile(r"^\s*(?:$|#|\||<|!\[|[-*+]\s|\d+[.)]\s|```|~~~)")


def main(arguments: list[str]) -> int:
    chosen = [Path(name).resolve() for name in arguments] or [ROOT / name for name in PAGES]
    problems = [f"{path}: no such file or folder" for path in chosen if not path.exists()]
    pages = sorted({page for path in chosen for page in pages_of(path)})
    for page in pages:
        where = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
        problems += [f"{where}:{number}: {text}" for number, text in sorted(problems_of(page))]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(pages)} pages, {len(problems)} problems")
    return 1 if problems else 0


def pages_of(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from path.rglob("*.md")
    elif path.suffix == ".md":
        yield path


def problems_of(page: Path) -> Iterator[tuple[int, str]]:
    is_decision = "decisions" in page.parts
    yield from broken_links(page)
    for number, line in prose_lines(page):
        is_table = line.lstrip().startswith("|")
        if len(line) > WIDTH and not is_table:
            yield number, f"{len(line)} characters, at most {WIDTH}"
        if is_decision or page.name == "CHANGELOG.md":
            continue
        for pattern, instead in BANNED:
            for found in re.finditer(rf"\b(?:{pattern})\b", line, re.IGNORECASE):
                yield number, f"'{found.group()}': write {instead}"
    if page.is_relative_to(ROOT / "docs") and not is_decision and not has_first_paragraph(page):
        yield 1, "the heading is not followed by a paragraph that says for whom the page is"


def prose_lines(page: Path) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark.group(1)
        elif mark and mark.group(1).startswith(fence):
            fence = ""
        elif not fence:
            yield number, line


def broken_links(page: Path) -> Iterator[tuple[int, str]]:
    # a link may be broken over two lines
    lines = dict(prose_lines(page))
    text = "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))
    plain = CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    for found in LINK.finditer(plain):
        link = unquote(found.group(1))
        number = text.count("\n", 0, found.start()) + 1
        if SCHEME.match(link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if name.startswith("/") or not target.exists():
            yield number, f"broken link: {link}"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield number, f"no such heading: {link}"


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub and our MkDocs make them."""
    found: set[str] = set()
    seen: dict[str, int] = {}
    for _, line in prose_lines(page):
        heading = HEADING.match(line)
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).replace("`", "")
            slug = re.sub(r"[^\w\s-]", "", text.strip().lower()).replace(" ", "-")
            found.add(slug if slug not in seen else f"{slug}-{seen[slug]}")
            seen[slug] = seen.get(slug, 0) + 1
    return frozenset(found)


def has_first_paragraph(page: Path) -> bool:
    lines = page.read_text(encoding="utf-8").splitlines()
    after = iter(lines)
    if not any(HEADING.match(line) for line in after):
        return False
    first = next((line for line in after if line.strip()), "")
    return not NO_PARAGRAPH.match(first)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
