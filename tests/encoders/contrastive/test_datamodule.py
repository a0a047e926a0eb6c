"""Batches hold what their singers sang, are the same for the same seed, and are made ahead of time."""

import numpy as np
import pytest
import torch

from real_cloned.audio.segment_bank import SegmentBank
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive import datamodule
from real_cloned.encoders.contrastive.datamodule import PairBatches, PairData, Process, training_bank
from tests.tiny import AUGMENT, CONVOLUTION, MIX, PRETRAIN, but

SEEDED = {"pairs_per_batch": 3}


@pytest.fixture
def source(make_source):
    return make_source()


def batches(source, n_batches=2, **settings):
    how = {name: settings.pop(name) for name in ("fixed", "process") if name in settings}
    return PairBatches(source, but(PRETRAIN, **{**SEEDED, **settings}), n_batches, **how)


def epoch_of(source, epoch=0, **settings):
    made = batches(source, **settings)
    made.set_epoch(epoch)
    return list(made)


def same(one, other):
    return all(torch.equal(a.segments, b.segments) and a.seed == b.seed for a, b in zip(one, other, strict=True))


def test_an_epoch_has_as_many_batches_of_as_many_pairs_as_asked_for(source):
    drawn = epoch_of(source)
    assert len(drawn) == len(batches(source)) == 2
    for batch in drawn:
        assert batch.segments.shape == (6, 1600, 1)
        assert batch.segments.dtype == torch.int16
        assert len(set(batch.labels.tolist())) == 3
        assert batch.accompaniment is None


def test_a_fixed_epoch_repeats_and_others_differ(source):
    assert same(epoch_of(source, 0, fixed=True), epoch_of(source, 5, fixed=True))
    assert not same(epoch_of(source, 0), epoch_of(source, 5))


@pytest.mark.parametrize("replacement", [False, True])
def test_the_fixed_batches_hear_every_singer_once_where_there_are_as_many_pairs(make_source, replacement):
    source = make_source((2,) * 12)
    data = PairData(source, source, but(PRETRAIN, pairs_per_batch=4, n_validation_pairs=12, replacement=replacement))
    drawn = [data.val_dataloader().groups(number, np.random.default_rng(number)) for number in range(3)]
    assert sorted(np.concatenate(drawn).tolist()) == list(range(12))
    heard = torch.cat([batch.segments[:4] for batch in data.val_dataloader()])
    assert len({segment.numpy().tobytes() for segment in heard}) == 12


def test_the_fixed_batches_hear_few_singers_equally_often_and_different_ones_within_a_batch(make_source):
    for batch_size, n_batches in ((3, 4), (3, 5), (7, 2)):  # of four singers
        made = batches(make_source(), n_batches, fixed=True, pairs_per_batch=batch_size)
        counts = np.array([np.bincount(batch.labels, minlength=4) for batch in made])
        for heard in (*counts, counts.sum(axis=0)):
            assert heard.max() - heard.min() <= 1


def test_the_fixed_batches_of_several_processes_are_together_those_of_one(make_source):
    source = make_source((2,) * 8)
    settings = {"fixed": True, "pairs_per_batch": 4}
    whole = list(batches(source, **settings))
    parts = [list(batches(source, **settings, process=Process(torch.device("cpu"), rank, 2))) for rank in (0, 1)]
    assert sorted(torch.cat([batch.labels for part in parts for batch in part]).tolist()) == list(range(8))
    for number, batch in enumerate(whole):
        for rank in (0, 1):
            assert torch.equal(parts[rank][number].labels, batch.labels[rank::2])


def test_the_same_seed_and_epoch_draw_the_same_whatever_was_drawn_before(source):
    used = batches(source)
    list(used)
    used.set_epoch(3)
    assert same(list(used), epoch_of(source, 3))
    assert not same(epoch_of(source, 3), epoch_of(source, 3, seed=1))


def test_no_two_batches_are_alike(source):
    drawn = epoch_of(source, n_batches=8)
    assert len({batch.seed for batch in drawn}) == 8


def test_a_batch_holds_the_sound_of_the_singers_that_it_names(source):
    batch = batches(source).batch(0)
    for segments in batch.segments.split(3):
        loudest = torch.fft.rfft(segments[..., 0].double()).abs().argmax(dim=1).double() * 2.5  # bins of 2.5 Hz
        torch.testing.assert_close(loudest, 250 * 1.6 ** batch.labels.double(), rtol=0.01, atol=2.5)


def test_the_processes_share_the_pairs_of_a_batch(source):
    whole = batches(source).batch(0)
    parts = [batches(source, process=Process(torch.device("cpu"), rank, 2)).batch(0) for rank in (0, 1)]
    assert sorted(torch.cat([part.labels for part in parts]).tolist()) == sorted(whole.labels.tolist())
    assert torch.equal(parts[1].segments, whole.segments[[1, 4]])
    assert [(part.seed, part.rank, part.world_size) for part in parts] == [(whole.seed, rank, 2) for rank in (0, 1)]


def test_a_machine_that_cannot_read_the_audio_is_told_to_share_it(make_source):
    source = make_source()
    data = PairData(source, source, PRETRAIN)
    data.check_access()
    elsewhere = make_source()
    elsewhere.bank.files[:] = [file.parent / "elsewhere" for file in elsewhere.bank.files]
    with pytest.raises(RealClonedError, match="cannot read .*elsewhere.*storage that all machines share"):
        PairData(source, elsewhere, PRETRAIN).check_access()


def test_with_replacement_the_same_singer_in_two_pairs_is_a_negative(make_source):
    drawn = [batches(make_source((2, 2)), replacement=True).batch(number) for number in range(4)]
    assert all(batch.labels.tolist() == [0, 1, 2] for batch in drawn)
    assert batches(make_source((2, 2))).batch(0).labels.unique().numel() == 2


@pytest.fixture
def stems_apart(make_source):
    """Vocals half as loud as the mixture's tone, accompaniment as well: told apart by their rows."""
    settings = {"train_stems": ["mixture", "vocals"], "mix": MIX.model_dump()}
    return make_source((3, 3, 2), ("vocals", "accompaniment"), parameters=but(PRETRAIN, **settings)), settings


def test_each_side_is_of_any_stem_listed_and_accompaniment_is_of_another_singer(stems_apart):
    source, settings = stems_apart
    groups = np.arange(300) % 3
    rows, accompaniment, labels = batches(source, **settings).draw(groups, np.random.default_rng(0))
    n_segments = source.n_segments
    assert set((rows // n_segments).ravel()) == {0, 1}
    assert (rows[0] // n_segments != rows[1] // n_segments).any()
    assert set((accompaniment // n_segments).ravel()) == {2}
    singers = np.repeat([0, 1, 2], [15, 15, 10])
    assert (singers[rows % n_segments] == labels.numpy()).all()
    assert (singers[accompaniment % n_segments] != labels.numpy()).all()


def test_accompaniment_comes_with_the_batch(stems_apart):
    source, settings = stems_apart
    batch = batches(source, **settings).batch(0)
    assert batch.accompaniment.shape == batch.segments.shape
    assert batch.accompaniment.any()


def test_devices_that_cannot_share_a_batch_alike_are_an_error_that_says_so(make_source):
    source = make_source()
    with pytest.raises(RealClonedError, match="3 devices cannot share 8 pairs alike"):
        PairData(source, source, but(PRETRAIN, devices=3, pairs_per_batch=8))


@pytest.mark.parametrize(
    ("settings", "fits", "expected"),
    [
        ({"resident_log_mel": "auto"}, True, "log-mels"),
        ({}, True, "samples"),
        ({"resident_log_mel": "auto", "mix": MIX.model_dump()}, True, "samples"),
        ({"resident_log_mel": "auto", "augment": AUGMENT.model_dump()}, True, "samples"),
        ({"resident_log_mel": "auto", "convolution": CONVOLUTION.model_dump(), "crop_s": 0.2}, True, "samples"),
        ({"resident_log_mel": "auto"}, False, "files"),
        ({"resident_log_mel": "auto", "resident": "never"}, True, "files"),
    ],
)
def test_a_gpu_keeps_log_mels_where_asked_to_and_where_every_step_hears_segments_as_they_are(
    source, settings, fits, expected, monkeypatch
):
    monkeypatch.setattr(datamodule, "fits_on_gpu", lambda n_bytes, device: fits)
    monkeypatch.setattr(datamodule, "LogMelBank", lambda bank, parameters, device: "log-mels")
    monkeypatch.setattr(SegmentBank, "to", lambda bank, device: "samples")
    parameters = but(PRETRAIN, **settings)
    kept = training_bank(source.bank, parameters, torch.device("cuda"))
    assert kept == (source.bank if expected == "files" else expected)
    assert training_bank(source.bank, parameters, torch.device("cpu")) is source.bank
