"""The trainings: what a batch holds, losses against slow versions, going on after a break, and that they learn."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from timm.optim.lookahead import Lookahead

from real_cloned.core.errors import RealClonedError
from real_cloned.covers import training
from real_cloned.covers.augment import N_NEW_WORKS
from real_cloned.covers.batches import PairBatches
from real_cloned.covers.evaluation import embed_profiles, siamese_similarities
from real_cloned.covers.losses import hard_pairs_loss, partner_ranks, triplet_loss
from real_cloned.covers.measures import cosine_similarities, measure_retrieval
from real_cloned.covers.networks import load_cover_encoder, load_siamese
from real_cloned.covers.profiles import Profiles
from real_cloned.covers.training import (
    CoverTraining,
    learning_rate_factor,
    train_cover_encoder,
    train_siamese,
)
from real_cloned.parameters.covers import ProfileAugmentParameters
from tests.tiny import COVER_ENCODER as ENCODER
from tests.tiny import SIAMESE

from .fabricated import make_profiles

TRAIN, VALIDATION = make_profiles(6, 3, seed=1), make_profiles(4, 2, seed=2)
RUNS = {"siamese": (train_siamese, SIAMESE), "encoder": (train_cover_encoder, ENCODER)}


def works_of(batch, profiles):
    """Return the works of both sides of a batch of profiles that were not changed."""
    known = {row.tobytes(): work for row, work in zip(profiles.values, profiles.works, strict=True)}
    return [[known[row.numpy().tobytes()] for row in side] for side in (batch.first, batch.second)]


def test_half_of_the_judged_pairs_are_two_performances_of_one_work_and_the_others_are_of_two():
    for batch in PairBatches(TRAIN, 8, 20, seed=0, judged=True):
        first, second = works_of(batch, TRAIN)
        assert [int(a == b) for a, b in zip(first, second, strict=True)] == batch.labels.tolist() == [1] * 4 + [0] * 4
        assert not any(torch.equal(a, b) for a, b in zip(batch.first, batch.second, strict=True))


def test_the_encoder_sees_each_work_once_in_a_batch_while_there_are_enough():
    for batch in PairBatches(TRAIN, 6, 20, seed=0, judged=False):
        first, second = works_of(batch, TRAIN)
        assert first == second == (batch.labels // N_NEW_WORKS).tolist()
        assert sorted(first) == list(range(6))


def test_a_work_that_is_performed_once_is_only_in_negative_pairs():
    arrays = ("values", "work_ids", "performance_ids")
    others = make_profiles(5, 1, seed=9)
    single = Profiles(*(np.concatenate([getattr(TRAIN, name), getattr(others, name)]) for name in arrays))
    single = Profiles(single.values, np.array([*TRAIN.work_ids, *"abcde"]), single.performance_ids)
    batches = list(PairBatches(single, 8, 30, seed=0, judged=True))
    seconds = {work for batch in batches for work in works_of(batch, single)[1]}
    assert seconds == set(range(11))
    assert {
        work for batch in PairBatches(single, 6, 30, seed=0, judged=False) for work in works_of(batch, single)[0]
    } == set(range(6))


def test_epochs_of_training_differ_and_those_of_validation_do_not():
    varied = PairBatches(TRAIN, 4, 1, seed=0, judged=False, augment=ProfileAugmentParameters())
    fixed = PairBatches(TRAIN, 4, 1, seed=0, judged=False)
    for batches, is_fixed in ((varied, False), (fixed, True)):
        epochs = []
        for epoch in (0, 1):
            batches.set_epoch(epoch)
            epochs.append(next(iter(batches)).first)
        assert torch.equal(*epochs) == is_fixed


def test_a_set_without_two_works_in_two_versions_cannot_be_trained_on():
    with pytest.raises(RealClonedError, match="cannot be trained on 1 works"):
        PairBatches(make_profiles(1, 3), 4, 1, seed=0, judged=True)


def test_the_triplet_loss_equals_the_hardest_negative_one_by_one():
    torch.manual_seed(0)
    first, second = torch.nn.functional.normalize(torch.randn(2, 5, 4), dim=-1)
    works = torch.tensor([0, 1, 2, 0, 3])
    both, labels, losses = torch.cat([first, second]), works.repeat(2), []
    for i in range(10):
        positive = 1 - both[i] @ both[(i + 5) % 10]
        negative = min(1 - both[i] @ both[j] for j in range(10) if labels[j] != labels[i])
        losses.append(max(0.0, float(0.3 + positive - negative)))
    assert triplet_loss(first, second, works, 0.3).item() == pytest.approx(np.mean(losses), rel=1e-4)


def test_the_loss_of_hard_pairs_equals_sorting_the_negatives_of_each_performance():
    torch.manual_seed(0)
    works, logits = torch.tensor([0, 1, 2, 0, 1, 2]), torch.randn(6, 6)
    positive = [-torch.nn.functional.logsigmoid(logits[i, (i + 3) % 6]) for i in range(6)]
    hardest = []
    for i in range(6):
        wrong = sorted((float(logits[i, j]) for j in range(6) if works[j] != works[i]), reverse=True)
        hardest += [-torch.nn.functional.logsigmoid(torch.tensor(-one)) for one in wrong[:2]]
    expected = (torch.stack(positive).mean() + torch.stack(hardest).mean()) / 2
    assert hard_pairs_loss(logits, works, 2).item() == pytest.approx(expected.item(), rel=1e-5)


def test_with_hard_negatives_the_siamese_network_finds_versions_of_works_that_it_never_met():
    longer = {"max_epochs": 5, "steps_per_epoch": 10, "pairs_per_batch": 12, "hard_negatives": 4}
    train, validation, test = make_profiles(24, 3, seed=3), make_profiles(6, 2, seed=4), make_profiles(10, 3, seed=5)
    weights, _ = train_siamese(SIAMESE.model_copy(update=longer), train, validation)
    found = measure_retrieval(siamese_similarities(load_siamese(weights), test.values), test.works)
    assert found.mean_average_precision > 0.5


def test_the_rank_of_the_partner_equals_sorting_all_others():
    torch.manual_seed(0)
    first, second = torch.nn.functional.normalize(torch.randn(2, 6, 3), dim=-1)
    both, expected = torch.cat([first, second]), []
    for i in range(12):
        others = sorted((j for j in range(12) if j != i), key=lambda j: -float(both[i] @ both[j]))
        expected.append(1 + others.index((i + 6) % 12))
    assert partner_ranks(first, second, torch.arange(6)).tolist() == expected


def test_the_optimizer_is_adam_with_lookahead_and_its_rate_rises_in_the_warm_up():
    parameters = SIAMESE.model_copy(update={"warmup_steps": 4, "learning_rate": 0.1})
    module = CoverTraining(load_siamese(train_siamese(SIAMESE, TRAIN, VALIDATION)[0]), parameters)
    configured = module.configure_optimizers()
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    assert isinstance(optimizer, Lookahead)
    rates = []
    for _ in range(6):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1, 0.1])


def test_the_cosine_ends_at_zero_after_the_last_step():
    falling = SIAMESE.model_copy(update={"warmup_steps": 4, "decay": "cosine", "steps_per_epoch": 6, "max_epochs": 4})
    rates = [learning_rate_factor(step, falling) for step in range(25)]
    assert rates[:5] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert rates[14] == pytest.approx(0.5)
    assert rates[24] == pytest.approx(0.0)
    assert all(before >= after for before, after in pairwise(rates[4:]))


@pytest.mark.parametrize("name", RUNS)
def test_broken_off_and_started_again_it_ends_with_the_same_weights_and_history(name, tmp_path, monkeypatch):
    train, parameters = RUNS[name]
    parameters = parameters.model_copy(update={"max_epochs": 4, "checkpoint_s": 0.0, "warmup_steps": 5})
    expected, history = train(parameters, TRAIN, VALIDATION, tmp_path / "whole")
    step = CoverTraining.training_step

    def stop(self, batch, batch_idx):
        if self.current_epoch == 2:
            raise KeyError("broken off")
        return step(self, batch, batch_idx)

    with monkeypatch.context() as broken:
        broken.setattr(CoverTraining, "training_step", stop)
        with pytest.raises(KeyError):
            train(parameters, TRAIN, VALIDATION, tmp_path / "broken")
    weights, resumed = train(parameters, TRAIN, VALIDATION, tmp_path / "broken")
    assert resumed.drop(columns="seconds").equals(history.drop(columns="seconds"))
    assert all(torch.equal(weights.tensors[key], value) for key, value in expected.tensors.items())
    assert list((tmp_path / "broken" / training.LOGS).glob("events*"))
    monkeypatch.setattr(training.trainer, "fit", lambda *_, **__: pytest.fail("it is finished"))
    again, _ = train(parameters, TRAIN, VALIDATION, tmp_path / "broken")
    assert all(torch.equal(again.tensors[key], value) for key, value in expected.tensors.items())


@pytest.mark.parametrize("loss", ["nt_xent", "triplet"])
def test_the_encoder_learns_to_find_versions_of_works_that_it_never_met(loss):
    longer = {"max_epochs": 8, "steps_per_epoch": 10, "works_per_batch": 12, "n_validation_works": 6, "loss": loss}
    train, validation, test = make_profiles(24, 3, seed=3), make_profiles(6, 2, seed=4), make_profiles(10, 3, seed=5)
    weights, _ = train_cover_encoder(ENCODER.model_copy(update=longer), train, validation)
    embeddings = embed_profiles(load_cover_encoder(weights).embed, test.values)
    assert measure_retrieval(cosine_similarities(embeddings), test.works).mean_average_precision > 0.6


def test_the_siamese_network_ranks_by_its_logits():
    network = load_siamese(train_siamese(SIAMESE, TRAIN, VALIDATION)[0])
    rows = np.array([3, 0])
    matrix = siamese_similarities(network, TRAIN.values)(rows)
    embeddings = torch.from_numpy(embed_profiles(network.embed, TRAIN.values))
    with torch.inference_mode():
        expected = network(embeddings[[3]].expand(18, -1), embeddings)
    np.testing.assert_allclose(matrix[0], expected.numpy(), rtol=1e-4, atol=1e-5)
