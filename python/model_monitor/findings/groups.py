"""Reference groups of protected slices that do not exist, so nothing is compared with them."""

from __future__ import annotations

from model_monitor.text import nearest
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.read import read, records

CHOSEN_SQL = """
select distinct monitor, slice_name, chosen_group
from {table}
where chosen_group is not null
order by monitor, slice_name
"""
KNOWN_SQL = """
select monitor, slice_name, slice_value
from {table}
where log = 'predictions'
order by value_rank
"""


def group_problems(project: Project) -> list[str]:
    chosen = records(read(project, "int_monitor__protected_slices", CHOSEN_SQL))
    known = records(read(project, "int_monitor__vocabulary", KNOWN_SQL)) if chosen else []
    notes = []
    for row in chosen:
        place = (row["monitor"], row["slice_name"])
        names = [
            str(each["slice_value"])
            for each in known
            if (each["monitor"], each["slice_name"]) == place
        ]
        if names and row["chosen_group"] not in names:
            notes.append(
                f"{row['monitor']} › protected_slices › {row['slice_name']} › reference: there is"
                f" no group {row['chosen_group']}, so no group is compared with it."
                f" {nearest(row['chosen_group'], names)}"
            )
    return notes
