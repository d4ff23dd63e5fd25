#!/usr/bin/env python3
"""Renews the examples of notifications in the docs: payloads, and pictures of Slack and of a mail.

make notifications    # needs Chromium for the pictures (CHROMIUM names it)

The texts are those of the demo's incident of 8 May. The messages are made by the code that sends
them. Slack is imitated: its blocks are drawn as simple HTML.
"""

from __future__ import annotations

import base64
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_monitor.delivery.canvas import chunk
from model_monitor.delivery.channels import pagerduty_events
from model_monitor.delivery.deliver import incidents_anchor
from model_monitor.delivery.mail import PICTURE, html
from model_monitor.delivery.notification import Notification, Point
from model_monitor.delivery.picture import picture
from model_monitor.delivery.slack import slack_message

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "use" / "notification-payloads.md"
IMAGES = ROOT / "docs" / "use" / "images"
REPORT = "https://reports.example.com/report.html"
ONSET = datetime(2026, 5, 8, 10)  # noqa: DTZ001  a column of the warehouse, in UTC
SHARES = (
    4.1, 3.8, 4.4, 3.9, 4.0, 4.3, 3.7, 4.2, 4.0, 3.6, 4.1, 4.5, 3.9, 4.0, 4.2, 3.8, 4.1, 4.0, 4.3,
    3.9, 4.2, 352.0, 601.0, 597.0,
)  # fmt: skip
ROW: dict[str, Any] = {
    "alert_id": "7c1e5b0a94d24f6c8e21b7f0a3d95e18", "episode": 1, "monitor": "home_feed",
    "model_version": "home_ranker_v13", "subject": "user_category_affinity",
    "metric": "missing_rate", "slice_name": "(all)", "slice_value": "(all)", "family": "quality",
    "rule_id": "critical_feature_missing", "severity": "critical",
    "message": (
        "home_feed home_ranker_v13: user_category_affinity missing in 60% of rows (normally 0.4%) "
        "since 2026-05-08 10:00, after home_ranker_v13 to 60% deploy"
    ),
    "what": "user_category_affinity missing in 60% of rows (normally 0.4%)",
    "location": "home_feed", "since": ONSET, "resolved_at": None, "current_value": 0.601,
    "baseline_value": 0.004, "current_text": "60%", "baseline_text": "0.4%", "top_bins": None,
    "impact": (
        "22,822 predictions, 2,286 requests in 3 days; p_purchase calibration: outcome occurs "
        "0.71 × as often as predicted (normally 1.00)"
    ),
    "likely_cause": "home_ranker_v13 to 60% deploy", "recommended_action": "fix_feature",
    "action_reason": (
        "an input changed abruptly, which points to its pipeline: retraining would learn the "
        "fault"
    ),
    "action_against": (
        "the values are correct at the source: then the population has changed, and the model "
        "must learn it"
    ),
    "top_contributors": "p_purchase, rank_score, p_click", "owner": "feed-ranking",
    "runbook": "https://runbooks.example.com/home-feed",
    "dashboard": "https://dashboards.example.com/home-feed",
    "incident_id": "b35d2f7e60c84a19a7d4c5e8f1029b63",
}  # fmt: skip
RESOLVED: dict[str, Any] = {"resolved_at": datetime(2026, 5, 12)}  # noqa: DTZ001
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
MOST_BYTES = 60_000
FREQUENT, COLOURS = 24, 96


def example(transition: str = "firing", **changes: Any) -> Notification:
    """A notification as the outbox has it, for a contact on any channel."""
    day = datetime(2026, 4, 18, tzinfo=UTC)
    series = tuple(
        Point(day + timedelta(days=number), share / 1000, 0.004)
        for number, share in enumerate(SHARES)
    )
    return Notification(
        "3f0c2a", transition, "on-call", "slack", "MODEL_MONITOR_ON_CALL", {**ROW, **changes},
        report=f"{REPORT}#{incidents_anchor(ROW['monitor'])}", series=series,
    )  # fmt: skip


def payloads() -> dict[str, str]:
    """The examples of the page, by the name behind ``` there."""
    begun, over = example(), example("resolved", **RESOLVED)
    [opened, replaced] = pagerduty_events(begun)
    return {
        "slack": shown(slack_message(begun)),
        "trigger": shown({"routing_key": "…", **opened}),
        "resolve": shown({"routing_key": "…", **replaced}),
        "over": shown([{"routing_key": "…", **event} for event in pagerduty_events(over)]),
        "text": begun.title + "\n\n" + begun.body,
    }


def shown(content: Any, indent: int = 0, room: int = 100) -> str:
    """JSON with each value on one line that fits there."""
    line = json.dumps(content, ensure_ascii=False)
    if len(line) + indent <= room or not isinstance(content, dict | list):
        return line
    inner = "\n" + " " * (indent + 2)
    if isinstance(content, list):
        parts = [shown(each, indent + 2, room) for each in content]
    else:
        parts = [
            f"{json.dumps(name)}: {shown(each, indent + 2, room - len(name) - 4)}"
            for name, each in content.items()
        ]
    ends = "[]" if isinstance(content, list) else "{}"
    return f"{ends[0]}{inner}{f',{inner}'.join(parts)}\n{' ' * indent}{ends[1]}"


def written(page: str, found: dict[str, str]) -> str:
    """The page with these examples."""
    for name, text in found.items():
        parts = re.split(rf"(?ms)^(```\w+ {name}\n).*?^(```)$", page)
        if len(parts) != 4:
            raise SystemExit(f"{PAGE.name}: one example is expected, ``` … {name}")
        page = f"{parts[0]}{parts[1]}{text}\n{parts[2]}{parts[3]}"
    return page


# -- pictures

DOTS = {"🔴": "#dd2e44", "🟠": "#f4900c", "🟢": "#78b159"}
STYLE = """
* { box-sizing: border-box; }
body { margin: 0; padding: 20px 24px; width: 700px; background: #fff; color: #1d1c1d;
  font: 15px/22px Lato, "Segoe UI", Helvetica, Arial, sans-serif; }
.from { display: flex; gap: 10px; }
.icon { width: 36px; height: 36px; border-radius: 6px; background: #1d4ed8; color: #fff;
  font: bold 16px/36px sans-serif; text-align: center; flex: none; }
.name b { font-weight: 900; } .app { font-size: 10px; background: #e8e8e8; color: #616061;
  padding: 1px 4px; border-radius: 2px; font-weight: bold; }
.time { font-size: 12px; color: #616061; }
.blocks { flex: 1; } .blocks > * { margin: 4px 0 8px; }
h3 { font-size: 18px; line-height: 25px; margin: 4px 0 8px; font-weight: 900; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; }
.dot { display: inline-block; width: 15px; height: 15px; border-radius: 8px; }
.button { display: inline-block; border: 1px solid #bbb; border-radius: 4px; padding: 4px 12px;
  font-weight: bold; margin-right: 8px; } .context { font-size: 12px; color: #616061; }
"""


def slack_page(message: dict[str, Any], at: str) -> str:
    """The blocks about as Slack shows them."""
    blocks = "\n".join(drawn(block) for block in message["blocks"])
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><div class=from>"
        "<div class=icon>M</div><div class=blocks><div class=name><b>model_monitor</b> "
        f"<span class=app>APP</span> <span class=time>{at}</span></div>{blocks}</div></div>"
    )


def drawn(block: dict[str, Any]) -> str:
    if block["type"] == "header":
        return f"<h3>{with_dots(text(block['text']))}</h3>"
    if block["type"] == "section":
        cells = "".join(f"<div>{text(each)}</div>" for each in block["fields"])
        return f"<div class=fields>{cells}</div>"
    if block["type"] == "rich_text":
        lines = [each["elements"] for each in block["elements"]]
        return (
            "<div>"
            + "".join(f"<div>{''.join(map(styled, line))}</div>" for line in lines)
            + ("</div>")
        )
    if block["type"] == "actions":
        return (
            "<div>"
            + "".join(
                f"<span class=button>{text(each['text'])}</span>" for each in block["elements"]
            )
            + ("</div>")
        )
    return f"<div class=context>{' '.join(text(each) for each in block['elements'])}</div>"


def text(element: dict[str, Any]) -> str:
    """plain_text as it is, mrkdwn as Slack formats it: here only bold."""
    if element["type"] == "plain_text":
        return escape(str(element["text"]))
    return re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", str(element["text"]))


def with_dots(found: str) -> str:
    """Few fonts have the coloured circles."""
    for symbol, colour in DOTS.items():
        found = found.replace(symbol, f"<span class=dot style='background:{colour}'></span>")
    return found


def styled(element: dict[str, Any]) -> str:
    found = escape(element["text"])
    return f"<b>{found}</b>" if element.get("style", {}).get("bold") else found


def mail_page(notification: Notification) -> str:
    """The mail as a client shows it, with its picture in place."""
    image = picture(notification.series, notification.at("since")) or b""
    inline = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    return html(notification).replace(f"cid:{PICTURE}", inline)


def shoot(
    page: str, file: Path, width: int, height: int, *, is_dark: bool = False,
    most_bytes: int = MOST_BYTES,
) -> None:  # fmt: skip
    """A picture of a page, which may be narrower than a window of Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page, encoding="utf-8")
        scheme = ["--blink-settings=preferredColorScheme=0"] if is_dark else []
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
            "--disable-lcd-text", "--force-device-scale-factor=1", *scheme,
            f"--window-size={width},{height}", f"--screenshot={file}", source.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    file.write_bytes(smaller(file.read_bytes(), width))
    if file.stat().st_size > most_bytes:
        raise SystemExit(f"{file.name}: {file.stat().st_size:,} bytes. At most: {most_bytes:,}")


def smaller(png: bytes, most_columns: int) -> bytes:
    """The picture with fewer colours: the most frequent ones, and those least like them."""
    pixels = decoded(png)[:, :most_columns]
    height, width, _ = pixels.shape
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    names, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    every = ((names[:, None] >> [16, 8, 0]) & 255).astype(int)
    kept = every[np.argsort(-counts, kind="stable")[:FREQUENT]]
    distances = ((every[:, None, :] - kept[None, :, :]) ** 2).sum(axis=2)
    while len(kept) < COLOURS:
        # the colour that is least like any kept one
        added = every[distances.min(axis=1).argmax()]
        kept = np.vstack([kept, added])
        distances = np.column_stack([distances, ((every - added) ** 2).sum(axis=1)])
    indexed = distances.argmin(axis=1)[places].reshape(height, width).astype(np.uint8)
    content = b"".join(b"\x00" + row.tobytes() for row in indexed)
    size = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", size), (b"PLTE", kept.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(content, 9)), (b"IEND", b""),
    )  # fmt: skip
    return png[:8] + b"".join(chunk(name, data) for name, data in parts)


def decoded(png: bytes) -> NDArray[np.uint8]:
    """The red, green and blue of a PNG as Chromium writes it: 8 bits, with or without alpha."""
    place, parts = 8, list[tuple[bytes, bytes]]()
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        parts.append((png[place + 4 : place + 8], png[place + 8 : place + 8 + length]))
        place += length + 12
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    channels = {2: 3, 6: 4}[kind]
    assert depth == 8
    content = zlib.decompress(b"".join(data for name, data in parts if name == b"IDAT"))
    lines = np.frombuffer(content, dtype=np.uint8).reshape(height, 1 + width * channels)
    found = np.zeros((height + 1, width + 1, channels), dtype=int)
    for row in range(height):
        found[row + 1, 1:] = unfiltered(
            int(lines[row, 0]), lines[row, 1:].reshape(width, channels).astype(int), found[row]
        )
    return found[1:, 1:, :3].astype(np.uint8)


def unfiltered(kind: int, line: NDArray[Any], above: NDArray[Any]) -> NDArray[Any]:
    """A line of a PNG without its filter: none, sub, up, average or Paeth."""
    if kind in (0, 2):
        return (line + (above[1:] if kind == 2 else 0)) % 256
    if kind == 1:
        return line.cumsum(axis=0) % 256
    left = np.zeros(line.shape[1], dtype=int)
    found = np.empty_like(line)
    for place, each in enumerate(line):
        up, corner = above[place + 1], above[place]
        if kind == 3:
            guess = (left + up) // 2
        else:
            to_left, to_up, to_corner = (
                abs(up - corner),
                abs(left - corner),
                abs(left + up - 2 * corner),
            )
            guess = np.where(
                (to_left <= to_up) & (to_left <= to_corner), left,
                np.where(to_up <= to_corner, up, corner),
            )  # fmt: skip
        left = found[place] = (each + guess) % 256
    return found


def main() -> int:
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), payloads()), encoding="utf-8")
    begun, over = example(), example("resolved", **RESOLVED)
    shoot(slack_page(slack_message(begun), "11:06"), IMAGES / "slack.png", 700, 650)
    shoot(slack_page(slack_message(over), "06:04"), IMAGES / "slack-resolved.png", 700, 490)
    shoot(mail_page(replace(begun, channel="apprise")), IMAGES / "mail.png", 640, 1140)
    shoot(mail_page(begun), IMAGES / "mail-dark.png", 640, 1140, is_dark=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
