"""The baselines, against slow computations and on embeddings that are easy or say nothing."""

import numpy as np
import pytest

from real_cloned.artifacts.embeddings import l2_normalise
from real_cloned.probing.baselines import fit_baseline, predict_baselines
from real_cloned.probing.data import ProbeCorpus
from real_cloned.probing.experiments import identify_singers
from real_cloned.schemas.results import Baselines
from tests.tiny import BASELINES, PROBE, but

METHODS = ["centroid", "neighbours", "logistic"]


def predict(gallery, queries=None, corpus="closed", parameters=PROBE):
    return Baselines.validate(
        predict_baselines(gallery, queries or gallery, parameters, variant="vocal", corpus=corpus)
    )


def points(n=30, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    return (
        l2_normalise(1.5 * np.eye(5)[labels] + rng.normal(size=(n, 5))),
        labels,
        l2_normalise(rng.normal(size=(8, 5))),
    )


def test_the_nearest_centroid_is_the_class_whose_mean_has_the_greatest_cosine():
    rows, labels, queries = points()
    scores = fit_baseline("centroid", rows, labels, 3, BASELINES)(queries)
    for row, given in zip(queries, scores, strict=True):
        means = [
            np.mean([one for one, label in zip(rows, labels, strict=True) if label == own], axis=0) for own in range(3)
        ]
        assert given == pytest.approx([row @ mean / np.linalg.norm(mean) for mean in means], abs=1e-5)


def test_neighbours_vote_by_inverse_cosine_distance():
    rows, labels, queries = points()
    scores = fit_baseline("neighbours", rows, labels, 3, BASELINES)(queries)
    for row, given in zip(queries, scores, strict=True):
        distances = 1 - rows @ row
        nearest = np.argsort(distances)[: BASELINES.n_neighbours]
        shares = np.bincount(labels[nearest], 1 / distances[nearest], minlength=3)
        assert given == pytest.approx(shares / shares.sum(), rel=1e-3)


def test_logistic_regression_with_many_iterations_ends_where_loss_and_regularisation_balance():
    rows, labels, _ = points()
    settings = but(BASELINES, max_iterations=5000, inverse_regularisation=3.0)
    share = fit_baseline("logistic", rows.astype(np.float64), labels, 3, settings)
    pull = 3.0 * (share(rows) - np.eye(3)[labels]).T @ rows  # (n_classes, size)
    np.testing.assert_allclose(pull, -share.__self__.coef_, atol=5e-3)


def test_every_method_identifies_perfect_embeddings(make_gallery):
    table = predict(make_gallery(4, noise=0.01))
    assert table["is_top1"].all()
    assert table["is_top5"].all()
    assert set(table["method"]) == set(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_random_embeddings_are_at_chance(make_gallery, method):
    gallery = make_gallery(8, noise=0.01)
    nothing = ProbeCorpus(gallery.tracks, np.random.default_rng(0).permutation(gallery.matrix), gallery.rows)
    settings = but(PROBE, n_singers={"closed": [4]}, n_runs=30, baselines=but(BASELINES, methods=[method]))
    assert predict(nothing, parameters=settings)["is_top1"].mean() == pytest.approx(1 / 4, abs=0.12)


def test_every_method_predicts_the_same_tracks_in_the_same_runs_as_the_probe(make_gallery):
    gallery, keys = make_gallery(4), ["n_singers", "run", "track_id"]
    predictions = identify_singers(gallery, gallery, PROBE, variant="vocal", corpus="closed").predictions[keys]
    for method, table in predict(gallery).groupby("method"):
        assert sorted(table[keys].values.tolist()) == sorted(predictions.values.tolist()), method


def test_a_clone_counts_as_a_hit_if_any_of_its_singers_is_predicted(make_gallery, make_clones):
    clones = make_clones([["s1", "s3"]])
    clones.tracks["singer_ids"] = [["s3", "s1"]]
    table = predict(make_gallery(4), clones, "cloned")
    assert table["is_top1"].all()
    assert [list(ids) for ids in table["true_ids"]] == [["s3", "s1"]] * len(table)


def test_at_most_segments_per_singer_segments_train_a_classifier(make_gallery, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "real_cloned.probing.baselines.fit_baseline",
        lambda method, segments, labels, n_classes, settings: (
            seen.append(np.bincount(labels).tolist()) or (lambda rows: rows[:, :n_classes])
        ),
    )
    predict(make_gallery(3), parameters=but(PROBE, n_singers={"closed": [3]}, n_runs=1))
    assert seen == [[4, 4, 4]] * 3


def test_the_same_seed_gives_the_same_table_and_too_few_singers_an_empty_one(make_gallery):
    gallery = make_gallery(4, noise=2.0)
    assert predict(gallery).equals(predict(gallery))
    assert predict(make_gallery(1)).empty
