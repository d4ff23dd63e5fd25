"""Runs in the environment of Streamlit: opens the page, chooses all there is, prints JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from streamlit.testing.v1 import AppTest

# the machine may be busy
SECONDS = 600


def main(file: str) -> None:
    page = AppTest.from_file(file, default_timeout=SECONDS).run()
    found = []
    for monitor in page.selectbox(key="model").options:
        page.selectbox(key="model").select(monitor).run()
        for window in page.segmented_control[0].options:
            page.segmented_control[0].set_value(window).run()
            found.append({"monitor": monitor, "window": window, **shown(page)})
    print(json.dumps(found, default=str))


def shown(page: AppTest) -> dict[str, Any]:
    return {
        "failures": [each.message for each in page.exception],
        "errors": [each.value for each in page.error],
        "metrics": {each.label: int(each.value) for each in page.metric},
        "choices": {each.label: each.options for each in page.selectbox},
        "tables": [each.value.to_dict("records") for each in page.dataframe],
        "charts": len(page.get("vega_lite_chart")),
    }


if __name__ == "__main__":
    main(sys.argv[1])
