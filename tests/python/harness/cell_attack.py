"""An attacker who adds and subtracts: which numbers of rows follow from the published ones?

What is unknown are the rows of every day, group, version and arm. Each published number is a sum of
some of them. A sum that nobody published follows from the published ones exactly if it lies in
their row space; that includes all differences of pairs, of windows, versions, groups and arms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Sum = NDArray[np.float64]


def row_space(sums: Sequence[Sum]) -> NDArray[np.float64]:
    """An orthonormal basis of all that follows from these sums."""
    matrix = np.unique(np.asarray(sums), axis=0)
    _, values, basis = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(basis[values > 1e-9 * values.max(initial=1.0)])


def recovered(published: Sequence[Sum], targets: Iterable[Sum]) -> list[bool]:
    """Of each target whether it follows from what is published."""
    if not len(published):
        return [False for _ in targets]
    wanted = np.asarray(list(targets))
    if not len(wanted):
        return []
    basis = row_space(published)
    rest = wanted - (wanted @ basis.T) @ basis
    return list(np.abs(rest).max(axis=1) < 1e-7)
