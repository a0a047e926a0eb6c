"""The probe's draws, and that it learns what can be learned."""

from collections import Counter

import numpy as np
import pytest
import torch

from real_cloned.probing.classifier import LabelledTracks, log_probabilities, train_probe
from tests.tiny import PROBE, but

# segment (track, number) is [track, number]
TRACKS = LabelledTracks(
    [np.array([[track, number] for number in range(count)], np.float32) for track, count in enumerate((1, 3, 6))],
    np.array([0, 1, 1]),
)


def blobs(n_classes=3, n_tracks=4, seed=0):
    """Tracks of one class lie around one point."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), n_tracks)
    segments = [(2 * np.eye(5)[label] + 0.2 * rng.normal(size=(4, 5))).astype(np.float32) for label in labels]
    return LabelledTracks(segments, labels)


def test_a_drawn_segment_carries_the_label_of_its_track():
    segments, labels = TRACKS.draw(500, np.random.default_rng(0))
    assert segments.shape == (500, 2)
    assert torch.equal(labels, (segments[:, 0] > 0).long())


def test_every_segment_is_drawn_and_tracks_are_equally_likely_however_long_they_are():
    segments, _ = TRACKS.draw(3000, np.random.default_rng(0))
    assert len({tuple(row) for row in segments.tolist()}) == 10
    counts = Counter(segments[:, 0].int().tolist())
    assert all(count == pytest.approx(1000, abs=120) for count in counts.values())


def test_fixed_segments_are_so_many_of_each_track_and_all_where_there_are_no_more():
    segments, labels = TRACKS.fixed(2, np.random.default_rng(0))
    assert Counter(segments[:, 0].int().tolist()) == {0: 1, 1: 2, 2: 2}
    assert labels.tolist() == [0, 1, 1, 1, 1]
    assert len({tuple(row) for row in segments.tolist()}) == 5


def test_fixed_segments_are_the_same_for_the_same_seed_only():
    first, again, other = (TRACKS.fixed(2, np.random.default_rng(seed))[0] for seed in (0, 0, 3))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_log_probabilities_are_the_logarithms_of_numbers_that_sum_to_one():
    model = torch.nn.Linear(4, 3)
    segments = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    values = log_probabilities(model, segments)
    np.testing.assert_allclose(np.exp(values).sum(axis=1), 1, rtol=1e-5)
    logits = model(torch.from_numpy(segments)).detach().numpy()
    np.testing.assert_allclose(values - values[:, :1], logits - logits[:, :1], rtol=1e-4, atol=1e-5)


def test_it_learns_to_tell_blobs_apart():
    model = train_probe(blobs(), blobs(seed=1), 3, PROBE, seed=0)
    held_out = blobs(seed=2)
    answers = log_probabilities(model, np.concatenate(held_out.segments)).argmax(axis=1)
    assert (answers == np.repeat(held_out.labels, 4)).all()


def test_the_same_seed_gives_the_same_weights_and_another_others():
    first, again, other = (train_probe(blobs(), blobs(seed=1), 3, PROBE, seed).state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not torch.equal(first["0.weight"], other["0.weight"])


def test_the_weights_kept_are_those_of_the_epoch_with_the_lowest_validation_loss():
    wrong = LabelledTracks(blobs(seed=1).segments, (blobs().labels + 1) % 3)  # the more it learns, the worse it gets
    stopped = train_probe(blobs(), wrong, 3, but(PROBE, max_epochs=1), seed=0)
    trained = train_probe(blobs(), wrong, 3, PROBE, seed=0)
    assert all(torch.equal(tensor, trained.state_dict()[name]) for name, tensor in stopped.state_dict().items())


def test_it_stops_when_the_validation_loss_has_not_improved_for_long_enough(monkeypatch):
    losses = [3.0, 2.0, 2.5, 2.0, 2.1, 9.9, 1.0]
    seen = []

    def next_loss(*_):
        seen.append(losses[len(seen)])
        return seen[-1]

    monkeypatch.setattr("real_cloned.probing.classifier._epoch", next_loss)
    train_probe(blobs(), blobs(seed=1), 3, but(PROBE, stop_patience=3, max_epochs=7), seed=0)
    assert seen == losses[:5]
