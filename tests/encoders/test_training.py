"""Pretraining on tones: it runs, it repeats, it learns."""

import pytest
import torch

from real_cloned.encoders.contrastive.model import load_encoder
from real_cloned.encoders.contrastive.module import pretrain
from real_cloned.schemas.corpora import History
from tests.tiny import AUDIO, PRETRAIN, but


@pytest.fixture
def trained(make_source):
    """Train for two epochs on the small world, or as `settings` say."""
    source = make_source((4, 4, 4, 4), ("vocals",))

    def train(**settings):
        return pretrain(but(PRETRAIN, **settings), AUDIO, source, source)

    return train


def test_the_history_has_a_valid_row_per_epoch(trained):
    _, history = trained()
    history = History.validate(history)
    assert history["epoch"].tolist() == [0, 1]
    assert history["learning_rate"].tolist() == [1e-3, 1e-3]


def test_the_weights_are_those_of_an_encoder_that_knows_what_made_it(trained):
    weights, _ = trained(name="vocal", train_stems=["vocals"])
    assert weights.config["pretrain"]["name"] == "vocal"
    assert load_encoder(weights)(torch.zeros(2, 1, AUDIO.segment_samples)).shape == (2, 12)


def test_the_same_seed_gives_the_same_weights_and_another_others(trained):
    first, again, other = (trained(seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(tensor, again[0].tensors[name]) for name, tensor in first[0].tensors.items())
    assert first[1]["validation_loss"].tolist() == again[1]["validation_loss"].tolist()
    assert not torch.equal(first[0].tensors["out.0.weight"], other[0].tensors["out.0.weight"])


def test_the_loss_falls_where_every_singer_has_a_pitch_of_their_own(trained):
    _, history = trained(max_epochs=8, steps_per_epoch=5, learning_rate=3e-3, n_validation_pairs=8, seed=1)
    assert history["validation_loss"].min() < 0.6 * history["validation_loss"].iloc[0]
    assert history["train_loss"].iloc[-1] < 0.6 * history["train_loss"].iloc[0]


def test_it_stops_and_halves_the_learning_rate_when_the_validation_loss_does_not_improve(trained):
    _, history = trained(max_epochs=30, learning_rate=1e-6, plateau_patience=1, stop_patience=4)
    best = int(history["validation_loss"].idxmin())
    assert len(history) == best + 1 + 4 < 30
    assert history["learning_rate"].iloc[-1] <= 0.5e-6


def test_the_weights_kept_are_those_of_the_lowest_validation_loss(trained):
    weights, history = trained(max_epochs=4, learning_rate=0.3)
    best = int(history["validation_loss"].idxmin())
    until_then, _ = trained(max_epochs=best + 1, learning_rate=0.3)
    assert all(torch.equal(tensor, until_then.tensors[name]) for name, tensor in weights.tensors.items())
