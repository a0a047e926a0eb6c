"""Comparison of stems: what each measure is computed from, and which tracks take part."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.artifacts.embeddings import Embeddings
from real_cloned.parameters.base import CohortParameters
from real_cloned.probing.retrieval import retrieve_tracks
from real_cloned.probing.stem_comparison import StemEmbeddings, compare_stems
from real_cloned.probing.verification import singer_cohort, verify_tracks
from real_cloned.schemas.results import StemComparison

STEMS = ["mixture", "vocals"]
N_SINGERS = 5


def corpus(noise, kind="t", per_singer=3, seed=0):
    """Return tracks, and embeddings of one stem around their singer's axis, with `noise` by stem; each in a table."""
    rng = np.random.default_rng(seed)
    singers = np.repeat(np.arange(N_SINGERS), per_singer)
    ids = [f"{kind}{number:02d}" for number in range(len(singers))]
    names = [f"s{singer}" for singer in singers]
    tracks = pd.DataFrame({"track_id": ids, "singer_id": names, "singer_ids": [[name] for name in names]})
    tracks["album_id"] = [f"{name}-{number % 2}" for number, name in enumerate(names)]
    index = pd.DataFrame({"track_id": ids, "offset_s": 0.0, "row": range(len(ids))})
    embeddings = [
        Embeddings(
            index.assign(stem=stem),
            (np.eye(N_SINGERS)[singers] + level * rng.normal(size=(len(ids), N_SINGERS))).astype(np.float32),
        )
        for stem, level in noise.items()
    ]
    return tracks, embeddings


def stems_of(*args, **kwargs):
    tracks, embeddings = corpus(*args, **kwargs)
    return StemEmbeddings.from_tables(tracks, STEMS, *embeddings)


def compared(real, clones, **kwargs):
    table = StemComparison.validate(compare_stems(real, clones, 0, variant="speaker", **kwargs))
    return table.set_index("stem")


NOISE = {"mixture": 1.0, "vocals": 0.4}


def test_each_stem_is_measured_as_the_whole_corpus_is_by_verification_and_retrieval():
    real, clones, others = stems_of(NOISE), stems_of(NOISE, "c", 2, 1), stems_of(NOISE, "o", 2, 2)
    table = compared(real, clones, cohort=(others, CohortParameters(n_nearest=3)))
    assert table.index.tolist() == STEMS
    for stem in STEMS:
        cohort = singer_cohort(others.by_stem[stem], others.tracks, 3)
        verified = verify_tracks(real.by_stem[stem], real.tracks, 0, variant="", cohort=cohort).set_index("trials")
        for prefix, trials in {"": "any", "album_": "different_albums"}.items():
            for rate in ("equal_error_rate", "as_norm_equal_error_rate"):
                assert table.loc[stem, f"{prefix}{rate}"] == verified.loc[trials, rate]
        retrieved = retrieve_tracks(real.averages(stem), clones.averages(stem), 0, variant="").set_index("queries")
        assert table.loc[stem, "mean_average_precision"] == retrieved.loc["real", "mean_average_precision"]
        assert table.loc[stem, "recall_at_1"] == retrieved.loc["real", "recall_at_1"]
    assert table.loc["vocals", "equal_error_rate"] < table.loc["mixture", "equal_error_rate"]


def test_a_clone_is_named_by_the_singer_whose_average_is_nearest():
    real, clones = stems_of(NOISE), stems_of(NOISE, "c", 2, 1)
    table = compared(real, clones)
    for stem in STEMS:
        tracks = real.averages(stem)
        centroids = np.stack(
            [tracks.matrix[tracks.tracks["singer_id"] == f"s{singer}"].mean(axis=0) for singer in range(N_SINGERS)]
        )
        scores = clones.averages(stem).matrix @ (centroids / np.linalg.norm(centroids, axis=1, keepdims=True)).T
        expected = scores.argmax(axis=1) == np.repeat(np.arange(N_SINGERS), 2)
        assert table.loc[stem, "clones_top1"] == pytest.approx(expected.mean())
    assert 0 < table.loc["mixture", "clones_top1"] < 1


def test_only_tracks_that_every_stem_has_are_compared():
    tracks, (mixture, vocals) = corpus(NOISE)
    some = vocals.index[vocals.index["track_id"] <= "t08"]
    real = StemEmbeddings.from_tables(tracks, STEMS, mixture, Embeddings(some, vocals.matrix))
    table = compared(real, stems_of(NOISE, "c", 2, 1))
    assert (table["n_tracks"] == 9).all() and (table["n_singers"] == 3).all() and (table["n_clones"] == 6).all()


def test_without_clones_and_without_a_cohort_these_columns_are_missing_and_without_tracks_there_are_no_rows():
    real = stems_of(NOISE)
    tracks, embeddings = corpus(NOISE)
    empty = [Embeddings(one.index[:0], one.matrix[:0]) for one in embeddings]
    nothing = StemEmbeddings.from_tables(tracks[:0], STEMS, *empty)
    table = compared(real, nothing)
    assert (table["n_clones"] == 0).all()
    assert table[["clones_top1", "as_norm_equal_error_rate"]].isna().all(axis=None)
    assert compared(nothing, nothing).empty
    one_each = stems_of(NOISE, per_singer=1)
    assert compared(one_each, nothing)[["equal_error_rate", "recall_at_1"]].isna().all(axis=None)
