"""Two channels that cancel each other are noticed, and nothing else is."""

import av
import numpy as np
import pytest

from real_cloned.audio.decode import decode
from real_cloned.audio.resampling import FrameConverter
from tests.sounds import music, write_audio

RATE = 16000


def convert(samples, n_channels=1, **settings):
    """Convert (n_channels, n) int16; return the result, and whether it is in opposite phase."""
    converter = FrameConverter(RATE, n_channels, **settings)
    layout = {1: "mono", 2: "stereo"}[len(samples)]
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.int16), format="s16p", layout=layout)
    frame.sample_rate = RATE
    return np.concatenate([*converter.add(frame), *converter.flush()], axis=1), converter.is_opposite_phase


LEFT, OTHER = music(3.0, seed=1), music(3.0, seed=2)


@pytest.mark.parametrize(
    ("right", "is_opposite"),
    [
        (-LEFT, True),
        (-0.8 * LEFT, True),
        (-LEFT + 0.2 * OTHER, True),
        (-0.4 * LEFT, False),
        (-LEFT + OTHER, False),
        (OTHER, False),
        (LEFT, False),
        (0 * LEFT, False),
    ],
)
def test_channels_are_in_opposite_phase_where_hardly_anything_is_left_of_their_mean(right, is_opposite):
    mean, found = convert(np.concatenate([LEFT, right]).clip(-32768, 32767))
    assert found == is_opposite
    assert (np.std(mean) < 0.25 * np.std(LEFT)) == (is_opposite or not np.any(right + LEFT))


def test_mono_and_silence_are_not_in_opposite_phase():
    assert not convert(LEFT)[1]
    assert not convert(np.zeros((2, 100)))[1]


@pytest.mark.parametrize("n_channels", [1, 2])
def test_without_the_second_channel_the_first_one_is_all_there_is(n_channels):
    samples, _ = convert(np.concatenate([LEFT, OTHER]), n_channels, first_channel_only=True)
    assert np.array_equal(samples, np.repeat(LEFT, n_channels, axis=0))


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize(("layout", "n_source"), [("stereo", 2), ("quad", 4)])
def test_a_file_in_opposite_phase_is_decoded_to_its_first_channel(layout, n_source, n_channels, tmp_path):
    samples = np.concatenate([LEFT, -LEFT] * (n_source // 2)) // 2
    decoded = decode(write_audio(tmp_path / "a.wav", samples, RATE, "pcm_s16le", layout), RATE, n_channels)
    assert decoded.source_n_channels == n_source
    assert np.corrcoef(decoded.samples[0], LEFT[0])[0, 1] > 0.999
    assert np.array_equal(decoded.samples[0], decoded.samples[-1])
    assert np.std(decoded.samples) > 0.4 * np.std(LEFT)
