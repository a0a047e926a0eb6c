"""What of a file is audio, whether that is all of it, and whether it can be used."""

import struct
import uuid
from fractions import Fraction

import av
import numpy as np
import pytest

from real_cloned.audio.decode import AudioBlocks, decode
from real_cloned.audio.headers import PROTECTED
from real_cloned.audio.packets import UnreadableAudio, float_problem
from tests.sounds import music, write_audio

RATE = 48000
CODECS = {"webm": ("libvpx", "libopus"), "mkv": ("mpeg4", "aac"), "wmv": ("mpeg4", "wmav2"), "mp4": ("mpeg4", "aac")}


def encode(stream, frames):
    return [packet for frame in (*frames, None) for packet in stream.encode(frame)]


def pictures(duration_s):
    for index in range(4 * duration_s):
        frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), index, np.uint8))
        frame.pts, frame.time_base = index, Fraction(1, 4)
        yield frame


def sound(duration_s, start_s, sample_format):
    frame = av.AudioFrame.from_ndarray(music(duration_s, rate=RATE), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, start_s * RATE, Fraction(1, RATE)
    resampler = av.AudioResampler(format=sample_format, layout="mono", rate=RATE)
    return [*resampler.resample(frame), *resampler.resample(None)]


def write_film(path, audio_s, audio_start_s=0, video_s=0):
    """Write a file with audio from one time on, and with a video where that has a length."""
    video_codec, audio_codec = CODECS[path.suffix[1:]]
    with av.open(str(path), "w") as container:
        audio = container.add_stream(audio_codec, rate=RATE, layout="mono", bit_rate=64000)
        streams = {audio: sound(audio_s, audio_start_s, audio.codec_context.format)}
        if video_s:
            video = container.add_stream(video_codec, rate=4, width=32, height=32, pix_fmt="yuv420p")
            streams[video] = pictures(video_s)
        packets = [packet for stream, frames in streams.items() for packet in encode(stream, frames)]
        for packet in sorted(packets, key=lambda packet: packet.pts * packet.time_base):
            container.mux(packet)
    return path


def declared(path):
    """Decode a file; return the seconds that it holds, and those that its header declares."""
    blocks = AudioBlocks(path, 16000, 1)
    return sum(block.shape[1] for block in blocks) / 16000, blocks.header_duration_s


@pytest.mark.parametrize("suffix", CODECS)
@pytest.mark.parametrize("times", [(4, 0, 8), (4, 4, 8), (4, 4, 0), (4, 2, 8), (4, 0, 0), (6, 0, 2)])
def test_video_that_is_longer_and_audio_that_starts_late_take_nothing_from_what_audio_there_is(times, suffix, tmp_path):
    decoded_s, header_s = declared(write_film(tmp_path / f"a.{suffix}", *times))
    assert decoded_s == pytest.approx(times[0], abs=0.1)
    assert header_s == pytest.approx(times[0], abs=0.1)


@pytest.mark.parametrize("suffix", ["webm", "mkv"])
@pytest.mark.parametrize("has_own_duration", [True, False])
@pytest.mark.parametrize("times", [(4, 0, 8), (4, 4, 8), (4, 0, 0), (6, 0, 2)])
def test_a_film_that_was_cut_in_its_audio_declares_more_than_it_holds(times, has_own_duration, suffix, tmp_path):
    path = write_film(tmp_path / f"a.{suffix}", *times)
    content = path.read_bytes()
    content = content if has_own_duration else content.replace(b"DURATION", b"DURATINO")
    cut_at = 0.75 if times[1] else 0.35
    path.write_bytes(content[: round(len(content) * cut_at)])
    decoded_s, header_s = declared(path)
    assert 0.5 < decoded_s < times[0] - 1
    assert header_s > decoded_s + 1
    assert header_s == pytest.approx(times[0], abs=0.1) or not has_own_duration


def test_a_stream_without_a_duration_declares_none(tmp_path):
    class Pipe:
        content = b""

        def write(self, content):
            self.content += bytes(content)
            return len(content)

    pipe = Pipe()
    with av.open(pipe, "w", format="webm") as container:
        audio = container.add_stream("libopus", rate=RATE, layout="mono")
        for packet in encode(audio, sound(2, 0, audio.codec_context.format)):
            container.mux(packet)
    (tmp_path / "a.webm").write_bytes(pipe.content)
    assert declared(tmp_path / "a.webm") == (pytest.approx(2.0, abs=0.1), None)


def write_float(path, samples, codec="pcm_f32le"):
    """Write (n_samples,) floats as they are."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.asarray(samples)[None], format=stream.codec_context.format, layout="mono")
        frame.sample_rate = RATE
        for packet in encode(stream, [frame]):
            container.mux(packet)
    return path


FLOATS = {"pcm_f32le": np.float32, "pcm_f64le": np.float64}


@pytest.mark.parametrize("codec", FLOATS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_single_sample_that_is_no_number_makes_a_file_unusable(value, codec, tmp_path):
    samples = np.full(3 * RATE, 0.1, FLOATS[codec])
    samples[-5] = value
    with pytest.raises(UnreadableAudio, match=r"^not finite: its samples are not all numbers"):
        decode(write_float(tmp_path / "a.wav", samples, codec), 16000, 1)


@pytest.mark.parametrize("codec", FLOATS)
@pytest.mark.parametrize("scale", [2**7, 2**15, 2**31])
def test_floats_in_the_range_of_integers_are_refused_with_what_to_do(scale, codec, tmp_path):
    samples = (0.3 * scale * np.sin(np.arange(RATE))).astype(FLOATS[codec])
    with pytest.raises(UnreadableAudio, match=r"^not scaled to ±1: a floating-point sample of .*; divide by 32768"):
        decode(write_float(tmp_path / "a.wav", samples, codec), 16000, 1)


@pytest.mark.parametrize("level", [1e-3, 1.0, 4.0, 15.0])
def test_floats_somewhat_above_full_scale_are_clipped(level, tmp_path):
    samples = np.full(RATE, level, np.float32)
    decoded = decode(write_float(tmp_path / "a.wav", samples), 16000, 1).samples
    assert np.all(np.abs(decoded[0, 100:-100] - min(32767, round(32768 * level))) <= 1)


def test_no_samples_and_samples_at_the_limit_are_no_problem():
    assert float_problem(np.zeros((1, 0), np.float32)) is None
    assert float_problem(np.array([[16.0, -16.0]])) is None


def test_encrypted_audio_is_called_protected(tmp_path):
    path = write_audio(tmp_path / "a.m4a", music(rate=RATE), RATE, "aac")
    for tag in (b"drms", b"enca"):
        (tmp_path / "a.m4p").write_bytes(path.read_bytes().replace(b"mp4a", tag, 1))
        with pytest.raises(UnreadableAudio, match=rf"^{PROTECTED}$"):
            decode(tmp_path / "a.m4p", 16000, 1)


def test_an_encrypted_wma_is_called_protected(tmp_path):
    path = write_film(tmp_path / "a.wmv", 2)
    content = path.read_bytes()
    n_bytes, n_objects = struct.unpack("<QI", content[16:28])  # of the header, which ends with a new object
    names = b"".join(struct.pack("<I", len(text)) + text for text in (b"key!", b"DRM\0", b"id\0", b"http://x\0"))
    encryption = uuid.UUID("2211B3FB-BD23-11D2-B4B7-00A0C955FC6E").bytes_le + struct.pack("<Q", 24 + len(names)) + names
    header = content[:16] + struct.pack("<QI", n_bytes + len(encryption), n_objects + 1) + content[28:30]
    path.write_bytes(header + encryption + content[30:])
    with pytest.raises(UnreadableAudio, match=rf"^{PROTECTED}$"):
        decode(path, 16000, 1)


def test_an_unknown_codec_is_a_rejected_file(tmp_path):
    path = write_audio(tmp_path / "a.mka", music(rate=RATE), RATE, "libopus")
    path.write_bytes(path.read_bytes().replace(b"A_OPUS", b"A_SOAP"))
    with pytest.raises(UnreadableAudio, match=r"^no decoder: "):
        decode(path, 16000, 1)
