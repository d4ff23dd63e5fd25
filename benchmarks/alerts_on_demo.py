"""How good the alerts on the demo are: each against the incidents that were planted.

python benchmarks/alerts_on_demo.py target/model_monitor.duckdb
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb
from demo_incidents import MONITORS, Score, scored


def told(score: Score) -> str:
    head = f"{'monitor':<15} {'incident':<20} {'begins':<17} found after  alerts (at its place)"
    lines = [head]
    for each in score.incidents:
        if each.hours is not None:
            said = (
                f"{each.hours:.0f} h" if each.shown_at_its_place else f"{each.hours:.0f} h, wider"
            )
        else:
            said = "MISSED" if each.is_visible else "not yet seen"
        lines.append(
            f"{each.monitor:<15} {each.incident:<20} {each.starts_at:%Y-%m-%d %H:%M}  {said:<12} "
            f"{each.shown} ({each.shown_at_its_place})"
        )
    lines += ["", *(f"wrong  {line}" for line in score.wrong), ""]
    right = score.shown - len(score.wrong)
    visible = [each for each in score.incidents if each.is_visible]
    seen = [each for each in visible if each.found_at is not None]
    hours = sorted(each.hours for each in seen if each.hours is not None)
    lines += [
        f"alerts shown {score.shown} of {score.every}, right {right}: "
        f"precision {score.precision:.2f}",
        f"incidents found {len(seen)} of {len(visible)}: recall {score.recall:.2f}",
        f"alerts shown whose query gives their number: {score.reproduced} of {score.shown}",
        "wrong ones per monitor and 28 days: "
        f"{len(score.wrong) / len(MONITORS) / score.days * 28:.2f}",
    ]
    lines += [
        f"expected: {incident}: seen by {alerts} alerts, told by {said}"
        for incident, alerts, said in score.expected
    ]
    if hours:
        lines.append(
            "hours from the begin to the end of the window that found it: median "
            f"{hours[len(hours) // 2]:.0f}, most {hours[-1]:.0f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", type=Path)
    parser.add_argument("--schema", default="main_model_monitor")
    options = parser.parse_args()
    with duckdb.connect(str(options.database), read_only=True) as connection:
        print(told(scored(connection, options.schema)))


if __name__ == "__main__":
    main()
