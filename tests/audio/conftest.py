"""Small sounds and audio files, made on the fly."""

import av
import numpy as np
import pytest


@pytest.fixture
def noise():
    """Band-limited noise: a signal whose place in time is unmistakable."""

    def make(sample_rate_hz, duration_s, n_channels=2, seed=0):
        white = np.random.default_rng(seed).normal(size=(n_channels, round(duration_s * sample_rate_hz)))
        smooth = np.stack([np.convolve(channel, np.hanning(32), "same") for channel in white])
        return (smooth / np.abs(smooth).max() * 16000).astype(np.int16)

    return make


@pytest.fixture
def write_audio():
    """Write (n_channels, n) int16 with any of FFmpeg's codecs; the suffix of the path names the container."""

    def write(path, samples, sample_rate_hz, codec, layout=None):
        layout = layout or {1: "mono", 2: "stereo"}[samples.shape[0]]
        with av.open(f"file:{path}", "w") as container:
            stream = container.add_stream(codec, rate=sample_rate_hz, layout=layout)
            interleaved = np.ascontiguousarray(samples.T.reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
            frame.sample_rate, frame.pts = sample_rate_hz, 0
            to_codec = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=sample_rate_hz)
            for piece in [*to_codec.resample(frame), *to_codec.resample(None)]:
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
        return path

    return write
