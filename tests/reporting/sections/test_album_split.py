"""The album effect is the difference of two splits on the same singers."""

import numpy as np

from real_cloned.reporting.sections.album_split import album_split_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions
from tests.reporting.fabricated import parameters, prediction, table_of
from tests.reporting.figure_helpers import row


def hits(variant: str, right: int, n_singers: int = 10, n_tracks: int = 20, n_runs: int = 2) -> list[dict[str, object]]:
    """Return predictions of one track per singer, of which the first `right` are right in every run."""
    return [
        prediction(variant=variant, n_singers=n_singers, run=run, track_id=f"t{k:02d}", true_ids=[f"s{k:02d}"])
        | {"is_top1": k < right}
        for run in range(n_runs)
        for k in range(n_tracks)
    ]


def test_the_album_effect_is_the_difference_on_the_same_singers() -> None:
    by_track, by_album = table_of(hits("vocal", 15)), table_of(hits("vocal", 10)).assign(n_train_tracks=3)
    result = row(album_split_table(by_album, by_track, parameters()), variant="vocal", corpus="closed")
    assert (result["top1_by_track_mean"], result["top1_by_album_mean"], result["difference"]) == (75.0, 50.0, -25.0)
    assert (result["n_singers"], result["n_runs"], result["n_tested_singers"]) == (10, 2, 20)
    assert (result["n_train_tracks_by_track"], result["n_train_tracks_by_album"]) == (5, 3)
    assert result["p_value"] == 2 / 2**5
    assert result["low"] < -25.0 < result["high"] <= 0.0


def test_a_corpus_without_enough_albums_has_no_row_in_the_album_table() -> None:
    nothing = empty_table(Predictions)
    full = album_split_table(table_of(hits("vocal", 5)), table_of(hits("vocal", 5)), parameters())
    assert list(album_split_table(nothing, nothing, parameters()).columns) == list(full.columns)
    assert album_split_table(nothing, nothing, parameters()).empty
    assert np.isclose(full["difference"], 0.0).all()
