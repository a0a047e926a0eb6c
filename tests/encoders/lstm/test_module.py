"""The losses of the LSTM's training, against each other and in a slow form."""

import pytest
import torch
from torch.nn import functional

from real_cloned.encoders.lstm.data import VoiceBatch
from real_cloned.encoders.lstm.model import VoiceLstm
from real_cloned.encoders.lstm.module import VoiceTraining, voice_nt_xent
from real_cloned.training.losses import nt_xent
from tests.tiny import LSTM, but


def module(loss="ge2e", n_singers=4, **settings):
    torch.manual_seed(0)
    return VoiceTraining(VoiceLstm(LSTM.network, 6), but(LSTM.training, loss=loss, **settings), n_singers)


def batch(seed=0):
    crops = torch.randn(8, 10, 6, generator=torch.Generator().manual_seed(seed))
    return VoiceBatch(crops, torch.tensor([0, 1, 2, 3]), torch.arange(8))


def test_both_is_the_sum_of_ge2e_and_classification():
    losses = {}
    for loss in ("ge2e", "classification", "both"):
        model = module(loss)
        losses[loss] = model.loss(model.embeddings(batch()), batch().singers).item()
    assert losses["both"] == pytest.approx(losses["ge2e"] + losses["classification"], rel=1e-6)


def test_classification_is_the_cross_entropy_of_a_linear_layer_over_the_training_singers():
    model = module("classification", n_singers=7)
    embeddings = model.embeddings(batch())
    expected = functional.cross_entropy(
        model.classifier(embeddings.flatten(0, 1)), torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    )
    torch.testing.assert_close(model.loss(embeddings, batch().singers), expected)


def test_nt_xent_pairs_the_first_half_of_each_singers_utterances_with_the_second():
    embeddings = torch.randn(3, 5, 4)
    expected = nt_xent(
        torch.stack([embeddings[s, u] for s in range(3) for u in (0, 1)]),
        torch.stack([embeddings[s, u] for s in range(3) for u in (2, 3)]),
        torch.tensor([5, 5, 6, 6, 7, 7]),
        0.3,
    )
    torch.testing.assert_close(voice_nt_xent(embeddings, torch.tensor([5, 6, 7]), 0.3), expected)


def test_validation_is_judged_by_ge2e_but_for_nt_xent():
    for loss in ("ge2e", "classification", "both"):
        model = module(loss)
        embeddings = model.embeddings(batch())
        torch.testing.assert_close(model.validation_loss(embeddings, batch().singers), model.ge2e(embeddings))
    model = module("nt_xent")
    embeddings = model.embeddings(batch())
    torch.testing.assert_close(
        model.validation_loss(embeddings, batch().singers), voice_nt_xent(embeddings, batch().singers, 0.2)
    )


@pytest.mark.parametrize("loss", ["ge2e", "classification", "both", "nt_xent"])
def test_the_parts_of_the_loss_are_those_that_the_training_has_and_add_up_to_it(loss):
    model = module(loss)
    embeddings = model.embeddings(batch())
    parts = model.parts(embeddings, batch().singers)
    kinds = {"ge2e": ["ge2e"], "nt_xent": []}.get(loss, ["ge2e", "classification"])
    assert list(parts) == [f"{kind}_{measure}" for kind in kinds for measure in ("loss", "accuracy")]
    if loss == "both":
        total = parts["ge2e_loss"] + parts["classification_loss"]
        torch.testing.assert_close(total, model.loss(embeddings, batch().singers).detach())
    assert not [name for name in model.parts(embeddings) if name.startswith("classification")]


def test_the_accuracy_of_ge2e_is_the_share_of_utterances_nearest_to_their_own_singers_centroid():
    east, north = torch.eye(2)
    embeddings = torch.stack([torch.stack([east, east, north]), torch.stack([north, north, north])])
    assert module().parts(embeddings)["ge2e_accuracy"].item() == pytest.approx(5 / 6)


def test_the_accuracy_of_classification_is_the_share_of_utterances_whose_likeliest_class_is_their_singer():
    model = module("classification", n_singers=2)
    model.classifier.weight.data = torch.eye(2, 12)
    model.classifier.bias.data.zero_()
    east, north = torch.eye(2, 12)
    embeddings = torch.stack([torch.stack([east, north]), torch.stack([north, north])])
    accuracy = model.parts(embeddings, torch.tensor([0, 1]))["classification_accuracy"]
    assert accuracy.item() == pytest.approx(3 / 4)
