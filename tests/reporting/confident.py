"""Fabricated confidences: how sure runs were, rightly or not."""

import numpy as np
import pandas as pd

from real_cloned.schemas.results import Confidences


def confidences(
    variants: tuple[str, ...] = ("mixture", "vocal"),
    corpora: tuple[str, ...] = ("closed", "cloned"),
    class_counts: tuple[int, ...] = (10, 20, 40),
    n_runs: int = 3,
    n_all: int = 40,
    seed: int = 0,
) -> pd.DataFrame:
    """Return confidences of `n_all` tracks per run, one per singer, of whom the class count is enrolled.

    Answers are right as often as the calibrated confidence says; the plain confidence is nearer to 1.
    """
    rng = np.random.default_rng(seed)
    tables = [
        _run(rng, n_all, n_singers).assign(variant=variant, corpus=corpus, n_singers=n_singers, run=run)
        for variant in variants
        for corpus in corpora
        for n_singers in class_counts
        for run in range(n_runs)
    ]
    return Confidences.validate(pd.concat(tables, ignore_index=True))


def _run(rng: np.random.Generator, n_all: int, n_singers: int) -> pd.DataFrame:
    enrolled = np.arange(n_all) < n_singers
    calibrated = rng.beta(2 + 3 * enrolled, 2, n_all)
    return pd.DataFrame(
        {
            "track_id": [f"t{track}" for track in range(n_all)],
            "is_enrolled": enrolled,
            "is_right": enrolled & (rng.random(n_all) < calibrated),
            "confidence": calibrated**0.4,
            "calibrated": calibrated,
            "temperature": rng.uniform(1.5, 2.5),
        }
    )
