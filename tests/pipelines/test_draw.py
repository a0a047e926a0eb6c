"""One folder serves as closed, validation and train corpus: it is decoded once, and its singers are drawn."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.pipelines.study import STAGES, TINY, UNTRAINED, Study
from tests.sounds import music, write_wav

SINGERS = "ABCDEFGHIJ"
PARTS = ("closed", "validation", "train")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drawn(new_study, tmp_path_factory) -> Study:
    root: Path = tmp_path_factory.mktemp("music")
    for number, singer in enumerate(SINGERS):
        for track in range(4):
            write_wav(root / singer / f"{track}.wav", music(8.0, seed=10 * number + track))
    for track in range(1, 4):
        write_wav(root / "A" / f"{track}.wav", np.zeros((1, 8 * 16000), np.int16))
    settings = {name: TINY[name] for name in ("vocal_filter", "report", "demo")}
    own = {"root": str(root), "min_vocal_share": 0.0}
    encoders = {**TINY["pretrain"], **UNTRAINED}
    probe = {**TINY["probe"], "n_singers": {"closed": "all"}}
    study = new_study("own", {**settings, "own": own, "pretrain": encoders, "probe": probe, "pretrain_on": "own"})
    for stage in STAGES:
        study.run(stage)
    return study


def singers(study: Study, part: str) -> set[str]:
    used = study.load(f"{part}.tracks").merge(study.load(f"{part}.splits"), on="track_id")
    return set(used["singer_id"])


def test_no_singer_is_in_two_parts_and_none_is_lost(drawn):
    parts = [singers(drawn, part) for part in PARTS]
    assert [len(part) for part in parts] == [4, 2, 3]  # half of 9, 0.3 of 5; A has one track that can be heard
    assert set.union(*parts) == set(SINGERS[1:])


def test_every_track_is_used_or_rejected_in_one_part(drawn):
    rows = [drawn.load(f"{part}.{table}") for part in PARTS for table in ("splits", "rejected")]
    assert sorted(pd.concat(rows)["track_id"]) == sorted(f"{s}/{track}.wav" for s in SINGERS for track in range(4))


def test_the_source_is_decoded_once(drawn):
    folder = drawn.data / "02_intermediate"
    assert sorted(path.parent.name for path in folder.glob("*/audio") if path.parent.name in (*PARTS, "pool")) == [
        "pool"
    ]


def test_the_run_ends_with_a_row_per_closed_singer(drawn):
    assert set(drawn.load("singers")["singer_id"]) == singers(drawn, "closed")


def test_a_second_run_has_nothing_to_do(drawn, capsys):
    drawn.run("__default__")
    assert "Nothing to do" in capsys.readouterr().out
