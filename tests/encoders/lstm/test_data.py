"""Batches of singers by utterances, from segments and from any source."""

from dataclasses import replace
from threading import Event

import numpy as np
import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.lstm.data import SegmentUtterances, VoiceBatches
from real_cloned.parameters.variants import VoiceTrainingParameters
from tests.tiny import AUDIO, RATE

TRAINING = VoiceTrainingParameters(singers_per_batch=3, utterances_per_singer=4)


class Numbers:
    """Singers 0 to n - 1 with so many utterances each; a crop is (singer, utterance, a random number)."""

    def __init__(self, *counts):
        self.counts = counts
        self.singers = [f"s{singer}" for singer in range(len(counts))]

    def n_utterances(self, singer):
        return self.counts[singer]

    def draw(self, singer, utterances, rng):
        return torch.tensor([[singer, utterance, rng.random()] for utterance in utterances])


def test_a_batch_is_different_singers_each_with_as_many_utterances():
    for batch in VoiceBatches(Numbers(9, 9, 9, 9, 9), TRAINING, 5):
        assert len(set(batch.singers.tolist())) == 3
        assert batch.crops.shape == (12, 3)
        assert batch.crops[:, 0].tolist() == batch.singers.repeat_interleave(4).tolist()


@pytest.mark.parametrize("fixed", [True, False])
def test_in_a_block_all_singers_are_heard_equally_often(fixed):
    batches = VoiceBatches(Numbers(*[5] * 11), TRAINING, 7, fixed=fixed)  # 21 places of 11 singers
    heard = torch.bincount(torch.cat([batch.singers for batch in batches]), minlength=11)
    assert (heard.min(), heard.max()) == (1, 2)
    assert all(len(set(batch.singers.tolist())) == 3 for batch in batches)


def test_no_utterance_is_repeated_before_all_of_its_singer_were_taken():
    for batch in VoiceBatches(Numbers(4, 4, 7), TRAINING, 1):
        for singer in range(3):
            utterances = batch.crops[batch.crops[:, 0] == singer, 1]
            assert len(utterances.unique()) == 4
    few = next(iter(VoiceBatches(Numbers(2, 2, 2), TRAINING, 1)))
    assert torch.bincount(few.utterances).tolist() == [2] * 6


def test_utterances_are_counted_through_all_singers():
    batch = next(iter(VoiceBatches(Numbers(3, 5, 2), TRAINING, 1)))
    first = torch.tensor([0, 3, 8])
    assert batch.utterances.tolist() == (first[batch.crops[:, 0].long()] + batch.crops[:, 1]).tolist()


def test_a_batch_has_fewer_singers_only_where_there_are_no_more():
    assert next(iter(VoiceBatches(Numbers(4, 4), TRAINING, 1))).singers.tolist() in ([0, 1], [1, 0])


def test_training_blocks_differ_and_the_validation_block_stays():
    def blocks(fixed):
        batches = VoiceBatches(Numbers(9, 9, 9, 9), TRAINING, 2, fixed=fixed)
        drawn = []
        for block in range(2):
            batches.set_block(block)
            drawn.append(torch.cat([batch.crops for batch in batches]))
        return drawn

    assert not torch.equal(*blocks(fixed=False))
    assert torch.equal(*blocks(fixed=True))
    assert torch.equal(blocks(fixed=False)[1], blocks(fixed=False)[1])


def test_the_next_batches_are_read_while_the_network_is_busy_with_one():
    fourth = Event()

    class Noted(Numbers):
        n_drawn = 0

        def draw(self, singer, utterances, rng):
            self.n_drawn += 1
            if self.n_drawn == 4 * TRAINING.singers_per_batch:
                fourth.set()
            return super().draw(singer, utterances, rng)

    batches = iter(VoiceBatches(Noted(9, 9, 9, 9), TRAINING, 5))
    next(batches)
    assert fourth.wait(10.0)
    assert len(list(batches)) == 4


class Counted(dict):
    """A dictionary that counts how often its names are listed."""

    n_listed = 0

    def __iter__(self):
        self.n_listed += 1
        return super().__iter__()


def test_the_names_of_all_singers_are_not_listed_again_for_every_crop(make_utterances):
    made = make_utterances((2,) * 6)
    source = replace(made, tracks=Counted(made.tracks))
    assert len(list(VoiceBatches(source, TRAINING, 5))) == 5
    assert source.tracks.n_listed == 1


@pytest.fixture
def make_utterances(make_corpus):
    def make(n_tracks=(3, 1, 2), crop_s=0.1, stems=("mixture",)):
        return SegmentUtterances.from_corpus(make_corpus(n_tracks), list(stems), AUDIO.segment_s, crop_s)

    return make


def test_the_utterances_of_a_corpus_are_the_tracks_of_singers_of_two_or_more(make_utterances):
    source = make_utterances()
    assert source.singers == ["s0", "s2"]
    assert [source.n_utterances(singer) for singer in (0, 1)] == [3, 2]


def test_a_crop_lies_inside_a_segment_of_its_track_and_is_of_one_of_the_stems(make_utterances):
    source = make_utterances(stems=("mixture", "vocals"))
    requests = [source._request("t00", [0.0, 0.8], np.random.default_rng(seed)) for seed in range(200)]
    assert {stem for _, stem, _ in requests} == {"mixture", "vocals"}
    offsets = np.array([offset for _, _, offset in requests])
    assert ((offsets < 0.3) | ((offsets >= 0.8) & (offsets < 1.1))).all()
    assert offsets.max() > 1.0 and offsets.min() < 0.1


def test_crops_are_as_long_as_the_networks_window(make_utterances):
    crops = make_utterances(crop_s=0.1).draw(0, [0, 2], np.random.default_rng(0))
    assert (crops.shape, crops.dtype) == ((2, 1, RATE // 10), torch.int16)
    assert crops.abs().max() > 1000


def test_a_window_longer_than_a_segment_is_refused(make_utterances):
    with pytest.raises(RealClonedError, match=r"0\.5 s is longer than a segment of 0\.4 s"):
        make_utterances(crop_s=0.5)


def test_too_few_singers_of_two_tracks_are_refused(make_utterances):
    with pytest.raises(RealClonedError, match="found 1 among 3 singers"):
        make_utterances((3, 1, 1))
