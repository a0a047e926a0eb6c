"""Cross-synthesis: accuracy and heard voices by clone method against a count by hand, and that the axes hold them."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.reporting.sections.cross_synthesis import (
    ALL_METHODS,
    UNKNOWN_METHOD,
    cross_synthesis_numbers,
    draw_cross_synthesis,
)
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import CloneSimilarities, Predictions
from tests.reporting.fabricated import prediction, table_of
from tests.reporting.figure_helpers import laid_out, means_by_label, texts

METHODS = ("blend", "vocoder")


N_CLONES = 6


def clones(variants=("mixture", "vocal"), n_runs=3, seed=0):
    """Predictions of clones at 10 and 20 singers, and of real tracks."""
    rng = np.random.default_rng(seed)
    rows = [
        prediction(variant=variant, corpus=corpus, n_singers=n_singers, run=run, track_id=f"c{track}")
        | {"clone_method": METHODS[track % 2] if corpus == "cloned" else None}
        | {"is_top1": bool(rng.random() < 0.4), "is_top5": bool(rng.random() < 0.7)}
        for variant in variants
        for corpus in ("closed", "cloned")
        for n_singers in (10, 20)
        for run in range(n_runs)
        for track in range(N_CLONES)
    ]
    return table_of(rows)


def voices(variants=("mixture", "vocal"), seed=1):
    """Similarities of the same clones; of the first the source is not known, of the second the original."""
    rng = np.random.default_rng(seed)
    left_out = {("c0", "source"), ("c0", "original"), ("c1", "original")}
    rows = [
        {"variant": variant, "track_id": f"c{track}", "clone_method": METHODS[track % 2], "reference": reference}
        | {"similarity": rng.uniform(0.2, 0.9)}
        for variant in variants
        for track in range(N_CLONES)
        for reference in ("target", "source", "original", "other")
        if (f"c{track}", reference) not in left_out
    ]
    return CloneSimilarities.validate(pd.DataFrame(rows))


def of_method(table, method):
    return table if method == ALL_METHODS else table[table["clone_method"] == method]


def test_accuracy_by_method_is_that_of_each_run_at_most_singers():
    predictions = clones()
    table = cross_synthesis_numbers(predictions, voices())
    assert table["clone_method"].tolist() == [ALL_METHODS, *METHODS] * 2
    for row in table.to_dict("records"):
        chosen = predictions[(predictions["corpus"] == "cloned") & (predictions["n_singers"] == 20)]
        chosen = of_method(chosen[chosen["variant"] == row["variant"]], row["clone_method"])
        for measure in ("top1", "top5"):
            hits = [100 * rows[f"is_{measure}"].to_numpy().mean() for _, rows in chosen.groupby("run")]
            assert (row[f"{measure}_mean"], row[f"{measure}_std"]) == pytest.approx((np.mean(hits), np.std(hits)))
        assert (row["n_singers"], row["n_runs"]) == (20, 3)
        assert row["n_clones"] == (N_CLONES if row["clone_method"] == ALL_METHODS else N_CLONES / 2)


def test_similarities_are_means_over_clones_and_the_share_counts_those_of_which_both_are_known():
    similarities = voices()
    for row in cross_synthesis_numbers(clones(), similarities).to_dict("records"):
        rows_of_method = of_method(similarities[similarities["variant"] == row["variant"]], row["clone_method"])
        by_clone = {
            track: rows.set_index("reference")["similarity"] for track, rows in rows_of_method.groupby("track_id")
        }
        mean = {}
        for name in ("target", "source", "original", "other"):
            mean[name] = 100 * np.mean(
                [voices_of_clone[name] for voices_of_clone in by_clone.values() if name in voices_of_clone.index]
            )
            assert row[f"similarity_{name}"] == pytest.approx(mean[name])
        for name in ("target", "source", "original"):
            assert row[f"above_{name}"] == pytest.approx(100 * (mean[name] - mean["other"]) / (100 - mean["other"]))
        nearer = [
            voices_of_clone["target"] > voices_of_clone["source"]
            for voices_of_clone in by_clone.values()
            if "source" in voices_of_clone.index
        ]
        assert (row["nearer_target"], row["n_compared"]) == pytest.approx((100 * np.mean(nearer), len(nearer)))


def test_where_no_source_is_known_there_is_no_share_but_a_similarity_to_the_target():
    known = voices()
    table = cross_synthesis_numbers(clones(), known[known["reference"].isin(["target", "other"])])
    assert table[["nearer_target", "similarity_source", "above_original"]].isna().all().all()
    assert (table["n_compared"] == 0).all()
    assert table["similarity_target"].notna().all()


def test_clones_of_no_known_method_stand_under_a_name_of_their_own():
    predictions = clones().assign(clone_method=None)
    table = cross_synthesis_numbers(predictions, voices().assign(clone_method=None))
    assert table["clone_method"].tolist() == [ALL_METHODS, UNKNOWN_METHOD] * 2


def test_a_variant_that_was_only_probed_has_no_similarities():
    table = cross_synthesis_numbers(clones(), voices(("vocal",))).set_index(["variant", "clone_method"])
    assert table.loc[("mixture", ALL_METHODS), ["similarity_target", "nearer_target", "n_clones"]].isna().all()
    assert table.loc[("mixture", ALL_METHODS), "top1_mean"] > 0


def test_the_figure_draws_accuracy_and_share_by_method_and_the_voices_of_all_clones():
    numbers = cross_synthesis_numbers(clones(), voices())
    accuracy, nearer, below = laid_out(draw_cross_synthesis(numbers)).get_axes()
    for variant in ("mixture", "vocal"):
        rows = numbers[(numbers["variant"] == variant) & (numbers["clone_method"] != ALL_METHODS)]
        assert means_by_label(accuracy)[variant.title()] == pytest.approx(rows["top1_mean"].to_numpy())
        assert means_by_label(nearer)[variant.title()] == pytest.approx(rows["nearer_target"].to_numpy())
    together = numbers[numbers["clone_method"] == ALL_METHODS]
    bars = [[bar.get_height() for bar in group] for group in below.containers]
    for heights, name in zip(bars, ("target", "source", "original"), strict=True):
        assert heights == pytest.approx(together[f"above_{name}"].tolist())


def test_without_clones_every_panel_says_so():
    numbers = cross_synthesis_numbers(empty_table(Predictions), empty_table(CloneSimilarities))
    assert numbers.empty
    assert texts(laid_out(draw_cross_synthesis(numbers))).count("no data") == 3
