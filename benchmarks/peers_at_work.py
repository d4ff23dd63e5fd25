"""One peer at its table, in an environment of its own: seconds of each call, peak memory.

    python peers_at_work.py evidently FOLDER

FOLDER holds days/NUMBER.parquet (the log, a file per day), reference.parquet and calls.json.
Started by peers.py; knows nothing of this project. Neither reading a file nor importing counts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

warnings.filterwarnings("ignore")
TIME = "served_at"


def rows_of(frame: pd.DataFrame, slice_name: str, slice_value: str) -> pd.DataFrame:
    return frame if slice_name == "(all)" else frame[frame[slice_name] == slice_value]


class Work:
    """The log, its reference, and what each call took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = json.loads((folder / "calls.json").read_text())
        self.features: list[str] = self.asked["features"]
        self.reference = pd.read_parquet(folder / "reference.parquet")
        self.seconds: list[float] = []

    def day(self, number: int) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "days" / f"{number}.parquet")

    def log(self, slice_name: str, slice_value: str, columns: list[str]) -> pd.DataFrame:
        """All days of one slice value."""
        where = None if slice_name == "(all)" else [(slice_name, "=", slice_value)]
        return pd.read_parquet(self.folder / "days", filters=where, columns=columns)

    def timed(self, action: Callable[[], Any]) -> None:
        before = time.perf_counter()
        action()
        self.seconds.append(time.perf_counter() - before)


def evidently(work: Work) -> None:
    """A report per day and slice value."""
    from evidently import Report
    from evidently.metrics import MeanValue, MissingValueCount, ValueDrift

    for day, slice_name, slice_value in work.asked["cells"]:
        current = rows_of(work.day(day), slice_name, slice_value)[work.features]
        reference = rows_of(work.reference, slice_name, slice_value)[work.features]

        def report(current: Any = current, reference: Any = reference) -> None:
            metrics = []
            for name in work.features:
                metrics += [
                    ValueDrift(column=name, method="psi"),
                    ValueDrift(column=name, method="ks"),
                    MeanValue(column=name),
                    MissingValueCount(column=name),
                ]
            Report(metrics).run(current, reference).dict()

        work.timed(report)


def nannyml(work: Work) -> None:
    """Three calculators per slice value, chunks of a day. It has no PSI: Jensen–Shannon instead."""
    import nannyml as nml

    for slice_name, slice_value in work.asked["slices"]:
        current = work.log(slice_name, slice_value, [TIME, *work.features])
        reference = rows_of(work.reference, slice_name, slice_value)[work.features]
        reference = reference.assign(
            **{TIME: pd.date_range("2025-12-01", periods=len(reference), freq="30s")}
        )

        def calculate(current: Any = current, reference: Any = reference) -> None:
            common = {
                "column_names": work.features,
                "timestamp_column_name": TIME,
                "chunk_period": "D",
            }
            for calculator in (
                nml.UnivariateDriftCalculator(
                    continuous_methods=["kolmogorov_smirnov", "jensen_shannon"], **common
                ),
                nml.SummaryStatsAvgCalculator(**common),
                nml.MissingValuesCalculator(**common),
            ):
                calculator.fit(reference)
                calculator.calculate(current).to_df()

        work.timed(calculate)


def popmon(work: Work) -> None:
    """Histograms by day and their comparisons, per slice value."""
    import popmon as pm

    for slice_name, slice_value in work.asked["slices"]:
        current = work.log(slice_name, slice_value, [TIME, *work.features])
        reference = rows_of(work.reference, slice_name, slice_value)[work.features]
        reference = reference.assign(**{TIME: pd.Timestamp("2025-12-31")})

        def measure(current: Any = current, reference: Any = reference) -> None:
            hists = pm.make_histograms(
                reference,
                features=[f"{TIME}:{name}" for name in work.features],
                time_axis=TIME,
                time_width="1d",
                time_offset="2025-12-31",
            )
            pm.df_stability_metrics(
                current, time_axis=TIME, reference=hists, reference_type="external"
            )

        work.timed(measure)


def whylogs(work: Work) -> None:
    """A profile per day and slice value, and KS from two profiles. It has no PSI."""
    import whylogs as why
    from whylogs.core.schema import DatasetSchema
    from whylogs.core.segmentation_partition import segment_on_column
    from whylogs.viz.drift.column_drift_algorithms import KS, calculate_drift_scores

    algorithms = {name: KS() for name in work.features}

    def views(frame: pd.DataFrame, slice_name: str) -> dict[str, Any]:
        if slice_name == "(all)":
            return {slice_name: why.log(frame[work.features]).view()}
        schema = DatasetSchema(segments=segment_on_column(slice_name))
        found = why.log(frame[[*work.features, slice_name]], schema=schema)
        return {each.key[0]: found.view(each) for each in found.segments()}

    names = {slice_name for _, slice_name in work.asked["groupings"]}
    references = {slice_name: views(work.reference, slice_name) for slice_name in names}
    for day, slice_name in work.asked["groupings"]:
        current = work.day(day)

        def compare(current: Any = current, slice_name: str = slice_name) -> None:
            for value, view in views(current, slice_name).items():
                reference = references[slice_name][value]
                calculate_drift_scores(
                    target_view=view, reference_view=reference, drift_map=algorithms
                )
                view.to_pandas()

        work.timed(compare)


PEERS = {"evidently": evidently, "nannyml": nannyml, "popmon": popmon, "whylogs": whylogs}


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    work = Work(folder)
    PEERS[name](work)
    found = {"seconds": work.seconds, "peak_gib": peak_gib()}
    # whoever has the log in a frame, to cut the pieces out of it, has this besides
    log = pd.read_parquet(folder / "days")
    found["with_log_gib"] = peak_gib()
    found["rows"] = len(log)
    (folder / f"{name}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
