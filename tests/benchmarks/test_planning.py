"""The benchmark of planning does what it says, on a few tracks."""

import logging

import pandas as pd
import pytest

from benchmarks.planning import N_SEGMENTS, N_WINDOWS, STAGES, TRACKS_PER_SINGER, Made, measure


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What was made, after all stages, and what they logged."""
    made = Made(tmp_path_factory.mktemp("planning"), 2 * TRACKS_PER_SINGER)
    logged, handler = [], logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())
    logger = logging.getLogger("real_cloned")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    for name, (prepare, _) in STAGES.items():
        if prepare is not None:
            prepare(made)
        assert measure(made, name)["peak"] > 0
    logger.removeHandler(handler)
    logger.setLevel(level)
    return made, logged


def test_where_all_is_known_nothing_is_new(measured):
    made, logged = measured
    told = {line for line in logged if "kept" in line}
    kept = f"0 new, 0 gone, {made.n} kept"
    assert {f"{name}: {kept}" for name in ("audio", "stems")} <= told
    assert sum(line.endswith(kept) for line in told) == 4  # and the embeddings of windows and segments


def test_each_track_has_its_windows_its_segments_and_a_role(measured):
    made, _ = measured
    assert len(pd.read_parquet(made.folder / "window_scores.parquet")) == made.n * N_WINDOWS
    assert len(made.table("segments").load()) == made.n * N_SEGMENTS
    assert made.table("splits").load()["role"].value_counts().to_dict() == {"train": 36, "test": 2, "validation": 2}
