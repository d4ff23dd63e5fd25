"""Write the dashboards of examples/grafana: make dashboards"""

from __future__ import annotations

import json
from pathlib import Path

import debugging
import executive
import operations
import prometheus
from parts import written

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "grafana"
DASHBOARDS = {
    "executive": executive.DASHBOARD,
    "operations": operations.DASHBOARD,
    "debugging": debugging.DASHBOARD,
    "prometheus": prometheus.DASHBOARD,
}


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, dashboard in DASHBOARDS.items():
        text = json.dumps(written(dashboard), indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
