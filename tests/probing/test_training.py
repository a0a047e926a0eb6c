"""Training of one probe: it learns what can be learned, keeps the best weights and stops in time."""

import numpy as np
import pytest
import torch

from real_cloned.probing.batched_training import train_probes
from real_cloned.probing.data import LabelledTracks, Run
from real_cloned.probing.training import EarlyStopping, init_mlp, log_probabilities, train_probe
from tests.tiny import PROBE, but

N_TRACKS, N_SEGMENTS = 4, 4


def blobs(n_classes=3, seed=0):
    """Segments, (n, 5), of tracks that lie around one point each class, in order, and the class of each track."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(n_classes), N_TRACKS)
    points = 2 * np.eye(5)[labels.repeat(N_SEGMENTS)]
    return (points + 0.2 * rng.normal(size=points.shape)).astype(np.float32), labels


def blob_run(seed=0, shift=0):
    """Two sets of blobs, to train and to validate, the classes of the latter shifted by `shift`."""
    (train, labels), (validation, _) = blobs(seed=0), blobs(seed=1)
    rows = np.arange(2 * len(train)).reshape(2, len(labels), N_SEGMENTS)
    sides = LabelledTracks(list(rows[0]), labels), LabelledTracks(list(rows[1]), (labels + shift) % 3)
    return torch.from_numpy(np.concatenate([train, validation])), Run(*sides, 3, seed)


def test_log_probabilities_are_the_logarithms_of_numbers_that_sum_to_one():
    model = torch.nn.Linear(4, 3)
    segments = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    values = log_probabilities(model, segments)
    np.testing.assert_allclose(np.exp(values).sum(axis=1), 1, rtol=1e-5)
    logits = model(torch.from_numpy(segments)).detach().numpy()
    np.testing.assert_allclose(values - values[:, :1], logits - logits[:, :1], rtol=1e-4, atol=1e-5)


def test_training_separates_blobs():
    network = train_probe(*blob_run(), PROBE).build_network()
    held_out, labels = blobs(seed=2)
    assert (log_probabilities(network, held_out).argmax(axis=1) == labels.repeat(N_SEGMENTS)).all()


def test_the_end_of_each_epoch_is_reported():
    ends = []
    trained = train_probe(*blob_run(), but(PROBE, max_epochs=3), lambda: ends.append("epoch"))
    assert len(ends) == len(trained.losses) == 3


def test_the_last_layer_has_a_bias_which_is_trained_and_kept():
    segments, run = blob_run()
    initial = init_mlp(5, 3, PROBE, run.seed).state_dict()
    trained = train_probe(segments, run, PROBE)
    last = list(trained.weights)[-1]
    assert last.endswith(".bias")
    assert trained.weights[last].shape == (3,)
    assert not torch.equal(trained.weights[last], initial[last])
    assert torch.equal(trained.build_network()[-1].bias, trained.weights[last])


def test_adam_and_the_bound_of_the_learning_rate_are_the_authors(monkeypatch):
    made = []
    init = EarlyStopping.__init__
    monkeypatch.setattr(
        EarlyStopping,
        "__init__",
        lambda self, optimizer, *rest: made.append((self, optimizer)) or init(self, optimizer, *rest),
    )
    segments, run = blob_run()
    train_probe(segments, run, PROBE)
    train_probes(segments, [run], PROBE, torch.device("cpu"))
    assert [optimizer.defaults["eps"] for _, optimizer in made] == [1e-9, 1e-9]
    assert [stopping.plateau.min_lrs for stopping, _ in made] == [pytest.approx([1e-5])] * 2


def test_the_same_seed_gives_the_same_weights_and_another_others():
    first, again, other = (train_probe(*blob_run(seed), PROBE).weights for seed in (4, 4, 5))
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not torch.equal(first["0.weight"], other["0.weight"])


def test_the_weights_are_those_of_the_epoch_with_the_lowest_validation_loss():
    wrong = blob_run(shift=1)  # the more it learns, the worse it gets
    stopped, trained = (train_probe(*wrong, parameters) for parameters in (but(PROBE, max_epochs=1), PROBE))
    assert len(trained.losses) > 1
    assert all(torch.equal(tensor, trained.weights[name]) for name, tensor in stopped.weights.items())


def test_training_stops_when_the_validation_loss_has_not_improved_for_stop_patience_epochs(monkeypatch):
    losses = [3.0, 2.0, 2.5, 2.0, 2.1, 9.9, 1.0]
    left = iter(losses)
    monkeypatch.setattr("real_cloned.probing.training._validation_loss", lambda *_: next(left))
    assert train_probe(*blob_run(), but(PROBE, stop_patience=3, max_epochs=7)).losses == losses[:5]
