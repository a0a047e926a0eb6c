"""Training of the LSTM: it runs, it repeats, it learns, with every loss; and what a run leaves behind."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from real_cloned.artifacts.weights import read_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.module import VoiceTraining
from real_cloned.encoders.lstm.runs import ancestors
from real_cloned.encoders.lstm.training import pretrain_lstm, train_on_features
from real_cloned.parameters.variants import FeatureRunParameters, LstmVariantParameters
from tests.tiny import AUDIO, LSTM, but

NETWORK, TRAINING = LSTM.network, LSTM.training


@pytest.fixture
def train(make_corpus):
    """Train on the small corpus of tones, as `settings` of the training and `others` of the variant say."""
    corpus = make_corpus((4, 4, 4, 4))

    def run(others=None, **settings):
        others = others or {}
        runs = others.pop("runs", None)
        parameters = but(LSTM, training=but(TRAINING, **settings), **others)
        return pretrain_lstm(parameters, AUDIO, corpus, corpus, runs)

    return run


@pytest.fixture
def features(tmp_path):
    """Five singers to train on and four to validate; a singer's bins have a level of their own."""
    rng = np.random.default_rng(0)
    for half, names in (("train", "abcde"), ("val", "fghi")):
        for name in names:
            level = rng.normal(0, 1, 6)
            (tmp_path / "features" / half / name).mkdir(parents=True)
            for number in range(3):
                np.save(tmp_path / "features" / half / name / f"{number}.npy", level + rng.normal(0, 0.3, (30, 6)))
    config = {"num_feats": 6, "sr": 16000, "hop_size": 160, "frame_size": 400, "fmin": 90, "fmax": 7600}
    (tmp_path / "features" / "feat_params.yaml").write_text(yaml.safe_dump(config))
    return tmp_path / "features"


def test_a_training_that_is_broken_off_goes_on_and_ends_with_the_same_losses_and_weights(train, tmp_path, monkeypatch):
    settings = {"max_blocks": 5, "checkpoint_s": 0, "loss": "both"}
    unbroken, history = train({"runs": tmp_path / "unbroken"}, **settings)

    def break_off(self):
        if self.current_epoch == 3:
            raise OSError("power cut")
        begin(self)

    begin, begun = VoiceTraining.on_train_epoch_start, []
    monkeypatch.setattr(VoiceTraining, "on_train_epoch_start", break_off)
    with pytest.raises(OSError, match="power cut"):
        train({"runs": tmp_path / "runs"}, **settings)
    monkeypatch.setattr(
        VoiceTraining, "on_train_epoch_start", lambda self: (begun.append(self.current_epoch), begin(self))
    )
    again, resumed = train({"runs": tmp_path / "runs"}, **settings)
    assert begun == [3, 4]
    assert resumed.drop(columns="seconds").equals(history.drop(columns="seconds"))
    assert all(torch.equal(tensor, again.tensors[name]) for name, tensor in unbroken.tensors.items())


@pytest.mark.parametrize("change", [{"learning_rate": 0.1}, {"seed": 1}])
def test_a_training_that_is_done_is_done_again_only_when_something_changed(train, tmp_path, change, monkeypatch):
    first, _ = train({"runs": tmp_path})
    begun = []
    monkeypatch.setattr(VoiceTraining, "on_train_start", lambda self: begun.append(1), raising=False)
    again, _ = train({"runs": tmp_path})
    assert not begun
    assert all(torch.equal(tensor, again.tensors[name]) for name, tensor in first.tensors.items())
    train({"runs": tmp_path}, **change)
    assert begun


@pytest.mark.parametrize("loss", ["ge2e", "classification", "both", "nt_xent"])
def test_every_loss_trains_and_leaves_a_row_per_block_with_both_error_rates(train, loss):
    weights, history = train(loss=loss)
    assert history["epoch"].tolist() == [0, 1]
    common = {"epoch", "learning_rate", "seconds", "train_loss", "validation_loss", "in_batch_eer", "pairwise_eer"}
    measures = ("loss", "accuracy")
    ge2e = {f"{split}_ge2e_{measure}" for split in ("train", "validation") for measure in measures}
    classes = {f"train_classification_{measure}" for measure in measures}
    parts = {"ge2e": ge2e, "nt_xent": set()}.get(loss, ge2e | classes)
    assert set(history) == common | parts
    assert history[["in_batch_eer", "pairwise_eer"]].stack().between(0, 1).all()
    assert weights.config["pretrain"]["family"] == "lstm"


def test_with_both_losses_history_and_tensorboard_have_the_means_of_sum_and_parts_over_each_block(
    train, tmp_path, monkeypatch
):
    computed = []
    parts = VoiceTraining.parts
    monkeypatch.setattr(VoiceTraining, "parts", lambda *a: computed.append(parts(*a)) or computed[-1])
    _, history = train({"runs": tmp_path}, loss="both", train_steps=3)
    np.testing.assert_allclose(
        history["train_loss"], history["train_ge2e_loss"] + history["train_classification_loss"], rtol=1e-5
    )
    first_block = [measures for measures in computed[:4] if "classification_loss" in measures]
    assert len(first_block) == 3
    for name in first_block[0]:
        mean = np.mean([measures[name].item() for measures in first_block])
        assert history[f"train_{name}"].iloc[0] == pytest.approx(mean, rel=1e-5)
    events = EventAccumulator(str(tmp_path / "lstm" / "tensorboard")).Reload()
    for name in set(history) - {"epoch", "learning_rate", "seconds"}:
        logged = [event.value for event in events.Scalars(name)]
        assert logged == pytest.approx(history[name].tolist(), rel=1e-5)


def test_the_gradients_of_all_weights_are_clipped_together(train, monkeypatch):
    norms = []

    def before_zero_grad(self, optimizer):
        gradients = [weight.grad for weight in self.parameters() if weight.grad is not None]
        norms.extend([torch.stack([gradient.norm() for gradient in gradients]).norm().item()] if gradients else [])

    monkeypatch.setattr(VoiceTraining, "on_before_zero_grad", before_zero_grad)
    train(loss="both", clip_norm=0.01, train_steps=4)
    assert norms
    assert norms == pytest.approx([0.01] * len(norms), rel=1e-3)


def test_the_parameters_lie_in_the_runs_folder_from_its_start(train, tmp_path, monkeypatch):
    monkeypatch.setattr("real_cloned.encoders.lstm.training.fit", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train({"runs": tmp_path}, loss="both")
    config = yaml.safe_load((tmp_path / "lstm" / "parameters.yaml").read_text())
    assert config["pretrain"]["training"]["loss"] == "both"


def test_the_same_seed_gives_the_same_weights_and_another_others(train):
    first, again, other = (train(seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(tensor, again[0].tensors[name]) for name, tensor in first[0].tensors.items())
    assert first[1]["validation_loss"].tolist() == again[1]["validation_loss"].tolist()
    assert not torch.equal(first[0].tensors["network.linear.weight"], other[0].tensors["network.linear.weight"])


def test_singers_come_apart_where_each_has_a_pitch_of_their_own(train):
    _, history = train(max_blocks=8, train_steps=10, learning_rate=1e-2, validation_steps=4)
    assert history["validation_loss"].min() < 0.5 * history["validation_loss"].iloc[0]
    assert history["pairwise_eer"].min() < 0.1


def test_training_stops_when_validation_no_longer_improves(train):
    _, history = train(max_blocks=40, learning_rate=1e-9, patience=3)
    assert len(history) == int(history["validation_loss"].idxmin()) + 1 + 3 < 40


def test_the_kept_weights_are_those_of_the_best_block(train):
    weights, history = train(max_blocks=6, learning_rate=0.3, seed=1)
    best = int(history["validation_loss"].idxmin())
    assert best < 5
    until_then, _ = train(max_blocks=best + 1, learning_rate=0.3, seed=1)
    assert all(torch.equal(tensor, until_then.tensors[name]) for name, tensor in weights.tensors.items())


def test_a_run_leaves_parameters_weights_history_and_the_files_of_tensorboard(train, tmp_path):
    weights, history = train({"runs": tmp_path})
    folder = tmp_path / "lstm"
    config = yaml.safe_load((folder / "parameters.yaml").read_text())
    assert LstmVariantParameters.model_validate(config["pretrain"]).training == TRAINING
    assert read_weights(folder / "weights.safetensors").tensors.keys() == weights.tensors.keys()
    pd.testing.assert_frame_equal(pd.read_csv(folder / "history.csv"), history)
    assert list((folder / "tensorboard").glob("events.*"))
    assert json.loads((folder / "run.json").read_text())["best_block"] == history["validation_loss"].idxmin()


def test_a_run_that_starts_from_another_lies_inside_it_begins_with_its_weights_and_knows_its_ancestors(train, tmp_path):
    parent, _ = train({"runs": tmp_path, "name": "speech"})
    settings = {"init_from": str(tmp_path / "speech"), "name": "singing"}
    child, _ = train(settings, learning_rate=1e-12)
    for name, tensor in parent.tensors.items():
        torch.testing.assert_close(child.tensors[name], tensor, atol=1e-6, rtol=0)
    train({"init_from": str(tmp_path / "speech" / "singing"), "name": "damp"})
    assert ancestors(tmp_path / "speech" / "singing" / "damp") == ["speech", "singing"]


def test_weights_of_another_network_do_not_start_a_run(train, tmp_path):
    train({"runs": tmp_path, "name": "small"})
    with pytest.raises(RealClonedError, match="small do not fit"):
        train({"init_from": str(tmp_path / "small"), "network": but(NETWORK, hidden_size=8)})


def test_a_folder_that_is_no_run_does_not_start_one(train, tmp_path):
    with pytest.raises(RealClonedError, match=r"run\.json"):
        train({"init_from": str(tmp_path)})


def test_a_run_trained_again_takes_its_own_place_and_its_descendants_stay(train, tmp_path):
    train({"runs": tmp_path})
    train({"init_from": str(tmp_path / "lstm"), "name": "child"})
    train({"runs": tmp_path}, seed=3)
    assert yaml.safe_load((tmp_path / "lstm" / "parameters.yaml").read_text())["pretrain"]["training"]["seed"] == 3
    assert ancestors(tmp_path / "lstm" / "child") == ["lstm"]


def test_a_features_folder_trains_the_same_network(features, tmp_path):
    parameters = FeatureRunParameters(
        name="world", network=NETWORK, training=but(TRAINING, train_steps=10, learning_rate=2e-3, max_blocks=4)
    )
    folder = train_on_features(features, parameters, tmp_path / "runs")
    assert folder == tmp_path / "runs" / "world"
    history = pd.read_csv(folder / "history.csv")
    assert history["validation_loss"].min() < history["validation_loss"].iloc[0]
    weights = read_weights(folder / "weights.safetensors")
    assert weights.tensors["lstm.weight_ih_l0"].shape == (64, 6)
    assert weights.config["features"]["num_feats"] == 6
    child = train_on_features(features, but(parameters, name="more"), Path("elsewhere"), folder)
    assert child == folder / "more"
    assert ancestors(child) == ["world"]
