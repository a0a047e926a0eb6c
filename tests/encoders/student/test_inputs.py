"""What teacher and student hear: the same voice, bare and changed as the parameters say, and nothing else."""

import numpy as np
import pytest
import torch

from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.student.inputs import code, play_at, student_inputs
from real_cloned.parameters.pretrain import AugmentParameters, MixParameters
from tests.tiny import RATE, STUDENT, but

PLAIN = but(
    STUDENT, mix=MixParameters(voice_db=(6.0, 6.0)).model_dump(), augment=None, speeds=[1.0], room_share=0.0,
    codec_share=0.0,
)  # fmt: skip


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    segments, accompaniment = (
        torch.randint(-9000, 9000, (8, RATE, 2), dtype=torch.int16, generator=generator) for _ in range(2)
    )
    return Batch(segments, accompaniment, torch.arange(4), seed=3)


def level(waveforms):
    return waveforms.square().mean(dim=1).sqrt()


def test_the_teacher_hears_the_mean_of_the_channels_and_the_student_the_band_below_it(batch):
    heard = student_inputs(batch, PLAIN, RATE)
    voice, band = (part.float().mean(dim=2) for part in (batch.segments, batch.accompaniment))
    torch.testing.assert_close(heard.bare, voice)
    added = heard.mixed - heard.bare
    torch.testing.assert_close(20 * torch.log10(level(voice) / level(added)), torch.full((8,), 6.0), atol=1e-2, rtol=0)
    torch.testing.assert_close(added / level(added)[:, None], band / level(band)[:, None], atol=1e-2, rtol=0)
    assert torch.equal(heard.labels, batch.labels)


def test_a_bare_share_of_one_leaves_voices_without_a_band_and_a_dry_share_of_one_without_anything(batch):
    bare = but(STUDENT, mix={**STUDENT.mix.model_dump(), "bare_share": 1.0}, speeds=[1.0])
    changed = student_inputs(batch, bare, RATE)
    assert not torch.allclose(changed.mixed, changed.bare, rtol=0.1)
    heard = student_inputs(batch, but(bare, augment=AugmentParameters(eq_db=3.0, dry_share=1.0).model_dump()), RATE)
    torch.testing.assert_close(heard.mixed, heard.bare, atol=1.0, rtol=0)  # in steps of int16


def test_a_faster_voice_is_shorter_and_higher_and_all_are_cut_to_the_shortest():
    tone = torch.from_numpy(np.sin(2 * np.pi * 400 * np.arange(RATE) / RATE)).float()
    played = play_at(tone.repeat(3, 1), torch.tensor([0, 1, 2]), [0.9, 1.0, 1.25])
    assert played.shape == (3, int(RATE / 1.25))
    peaks = torch.fft.rfft(played[:, :3200]).abs().argmax(dim=1) * RATE / 3200
    assert peaks.tolist() == pytest.approx([360, 400, 500], abs=2)


def test_both_segments_of_a_pair_are_played_at_one_speed_which_makes_them_a_singer_of_their_own(batch):
    heard = student_inputs(batch, but(PLAIN, speeds=[0.8, 1.0, 1.25]), RATE)
    speeds = (heard.labels - 3 * batch.labels).tolist()
    assert set(speeds) <= {0, 1, 2}
    assert len(set(speeds)) > 1
    alone = play_at(batch.segments.float().mean(dim=2), torch.tensor(speeds * 2), [0.8, 1.0, 1.25])
    torch.testing.assert_close(heard.bare, alone)


def test_a_codec_leaves_out_what_is_above_its_cut_off_and_keeps_the_rest_to_a_few_percent():
    noise = torch.randn(2, 4000, generator=torch.Generator().manual_seed(0)) * 1000
    coded = code(noise, torch.tensor([500.0, 2000.0]), RATE)
    before, after = (torch.fft.rfft(sound).abs() for sound in (noise, coded))
    assert after[0, 700:].mean() < 0.05 * before[0, 700:].mean()
    assert (coded[1] - noise[1]).norm() < 0.05 * noise[1].norm()


def test_the_same_seed_gives_the_same_inputs_and_another_others(batch):
    first, again, other = (student_inputs(batch._replace(seed=seed), STUDENT, RATE) for seed in (1, 1, 2))
    assert torch.equal(first.mixed, again.mixed)
    assert not torch.equal(first.mixed, other.mixed)


def test_what_a_segment_becomes_is_the_same_on_any_number_of_processes(batch):
    whole = student_inputs(batch, STUDENT, RATE)
    for rank in (0, 1):
        rows = torch.arange(8).reshape(2, 4)[:, rank::2].flatten()
        share = Batch(batch.segments[rows], batch.accompaniment[rows], batch.labels[rank::2], batch.seed, rank, 2)
        heard = student_inputs(share, STUDENT, RATE)
        torch.testing.assert_close(heard.mixed, whole.mixed[rows], rtol=1e-4, atol=0.1)  # in steps of int16
        assert torch.equal(heard.labels, whole.labels[rank::2])
