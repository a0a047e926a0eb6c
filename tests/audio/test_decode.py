import struct
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from real_cloned.audio.decode import AudioBlocks, decode
from real_cloned.audio.packets import UnreadableAudio
from real_cloned.core.errors import RealClonedError

RATE = 16000
REAL = Path(__file__).parents[2] / ".." / "shared" / "real"
CODECS = {
    "a.wav": "pcm_s16le",
    "a24.wav": "pcm_s24le",
    "float.wav": "pcm_f32le",
    "eight.wav": "pcm_u8",
    "a.aiff": "pcm_s16be",
    "a.flac": "flac",
    "a.mp3": "libmp3lame",
    "a.opus": "libopus",
    "a.ogg": "libopus",
    "a.webm": "libopus",
    "a.m4a": "aac",
}


def tone(duration_s=1.0, rate=RATE, amplitude=10000.0, n_channels=1):
    wave = amplitude * np.sin(2 * np.pi * 440 * np.arange(round(duration_s * rate)) / rate)
    return np.repeat(wave[None], n_channels, axis=0).astype(np.int16)


def reason(path):
    with pytest.raises(UnreadableAudio) as caught:
        decode(path, RATE, 1)
    return str(caught.value)


@pytest.mark.parametrize("name", CODECS)
def test_every_common_format_decodes_to_the_length_and_level_that_were_encoded(name, tmp_path, write_audio):
    path = write_audio(tmp_path / name, tone(2.0, 48000, n_channels=2), 48000, CODECS[name])
    decoded = decode(path, RATE, 2)
    assert (decoded.source_sample_rate_hz, decoded.source_n_channels) == (48000, 2)
    assert decoded.samples.dtype == np.int16
    assert decoded.samples.shape[0] == 2
    assert decoded.samples.shape[1] == pytest.approx(2 * RATE, abs=0.03 * RATE)
    rms = np.sqrt(np.mean(decoded.samples[:, 1000:-1000].astype(float) ** 2))
    assert rms == pytest.approx(10000 / np.sqrt(2), rel=0.06)


def test_lossless_audio_at_the_wanted_rate_comes_back_bit_for_bit(tmp_path, write_audio, noise):
    samples = noise(RATE, 1.0)
    assert np.array_equal(decode(write_audio(tmp_path / "a.flac", samples, RATE, "flac"), RATE, 2).samples, samples)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000])
def test_any_sample_rate_is_resampled_without_delay(rate, tmp_path, write_audio, noise):
    samples = noise(rate, 2.0, n_channels=1)
    there = decode(write_audio(tmp_path / "a.wav", samples, rate, "pcm_s16le"), RATE, 1)
    assert there.samples.shape[1] == pytest.approx(2 * RATE, abs=2)
    back = decode(write_audio(tmp_path / "b.wav", there.samples, RATE, "pcm_s16le"), rate, 1).samples
    n = min(back.shape[1], samples.shape[1])
    correlation = np.fft.irfft(np.fft.rfft(back[0, :n]) * np.conj(np.fft.rfft(samples[0, :n])))
    assert correlation.argmax() == 0


def test_stereo_becomes_mono_by_averaging(tmp_path, write_audio):
    samples = np.stack([np.full(RATE, 3000), np.full(RATE, 1000)]).astype(np.int16)
    assert np.all(decode(write_audio(tmp_path / "a.wav", samples, RATE, "pcm_s16le"), RATE, 1).samples == 2000)


def test_mono_becomes_stereo_by_duplication_at_full_level(tmp_path, write_audio):
    samples = tone()
    decoded = decode(write_audio(tmp_path / "a.wav", samples, RATE, "pcm_s16le"), RATE, 2)
    assert np.array_equal(decoded.samples, np.repeat(samples, 2, axis=0))
    assert decoded.source_n_channels == 1


@pytest.mark.parametrize(("layout", "n_channels"), [("quad", 4), ("5.1", 6), ("7.1", 8)])
@pytest.mark.parametrize("wanted", [1, 2])
def test_surround_sound_is_folded_without_overflow(layout, n_channels, wanted, tmp_path, write_audio):
    samples = tone(amplitude=32767, n_channels=n_channels)
    decoded = decode(write_audio(tmp_path / "a.wav", samples, RATE, "pcm_s16le", layout), RATE, wanted)
    assert decoded.source_n_channels == n_channels
    assert decoded.samples.shape == (wanted, RATE)
    assert np.corrcoef(decoded.samples[0], samples[0])[0, 1] > 0.999


def test_what_is_too_loud_is_clipped_and_does_not_wrap_round(tmp_path):
    path = tmp_path / "loud.wav"
    loud = 1.8 * np.sin(2 * np.pi * 100 * np.arange(48000) / 48000).astype(np.float32)[None]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(loud, format="flt", layout="mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
    decoded = decode(path, RATE, 1).samples[0]
    expected = np.clip(loud[0, ::3] * 32768, -32768, 32767)
    assert decoded.max() == 32767
    assert decoded.min() == -32768
    assert np.abs(decoded - expected).max() < 4000


@pytest.mark.parametrize(
    "name", ["two words.wav", "🎤 été.wav", "live: 1.wav", "http:x.wav", "100%d.wav", "-x.wav", 'it\'s "so".wav']
)
def test_odd_names_are_read(name, tmp_path, write_audio):
    path = write_audio(tmp_path / name, tone(), RATE, "pcm_s16le")
    assert decode(path, RATE, 1).samples.shape == (1, RATE)


def test_a_relative_path_is_read(tmp_path, write_audio, monkeypatch):
    write_audio(tmp_path / "a.wav", tone(), RATE, "pcm_s16le")
    monkeypatch.chdir(tmp_path)
    assert decode("a.wav", RATE, 1).samples.shape == (1, RATE)


def test_a_file_that_changes_rate_and_channels_midway_is_decoded_to_its_end(tmp_path, write_audio):
    first = write_audio(tmp_path / "1.mp3", tone(1.0, 44100, n_channels=2), 44100, "libmp3lame").read_bytes()
    second = write_audio(tmp_path / "2.mp3", tone(1.0, 22050), 22050, "libmp3lame").read_bytes()
    (tmp_path / "both.mp3").write_bytes(first + second)
    decoded = decode(tmp_path / "both.mp3", RATE, 2)
    assert decoded.samples.shape[1] == pytest.approx(2 * RATE, rel=0.06)
    assert (decoded.source_sample_rate_hz, decoded.source_n_channels) == (44100, 2)
    assert np.abs(decoded.samples[:, -RATE // 2 :]).max() > 5000


@pytest.mark.parametrize("channels", [(2, 1), (1, 2), (2, 2), (2, 1, 2)])
@pytest.mark.parametrize(("codec", "rates"), [("libopus", (48000,)), ("flac", (44100, 22050))])
def test_the_parts_of_a_chained_ogg_may_differ_in_channels_and_rate(channels, codec, rates, tmp_path, write_audio):
    parts = []
    for index, n_channels in enumerate(channels):
        rate = rates[index % len(rates)]
        samples = tone(1.0 + index, rate, amplitude=4000 * (1 + index), n_channels=n_channels)
        parts.append(write_audio(tmp_path / f"{index}.ogg", samples, rate, codec).read_bytes())
    (tmp_path / "radio.ogg").write_bytes(b"".join(parts))
    decoded = decode(tmp_path / "radio.ogg", RATE, 1)
    assert decoded.samples.shape[1] / RATE == pytest.approx(sum(1 + index for index in range(len(parts))), abs=0.05)
    ends_s = np.cumsum([1 + index for index in range(len(parts))])
    for index, end_s in enumerate(ends_s):
        middle = decoded.samples[0, round((end_s - 0.7) * RATE) : round((end_s - 0.3) * RATE)]
        assert np.std(middle) == pytest.approx(4000 * (1 + index) / np.sqrt(2), rel=0.1)


def test_a_chained_ogg_that_is_cut_in_its_last_headers_keeps_the_parts_before(tmp_path, write_audio):
    first = write_audio(tmp_path / "1.ogg", tone(2.0, 48000), 48000, "libopus").read_bytes()
    (tmp_path / "cut.ogg").write_bytes(first + first[:60])
    assert decode(tmp_path / "cut.ogg", RATE, 1).samples.shape[1] == pytest.approx(2 * RATE, abs=0.03 * RATE)


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.wav", "a.opus"])
def test_what_is_left_of_a_cut_file_is_kept(name, tmp_path, write_audio, noise):
    path = write_audio(tmp_path / name, noise(48000, 8.0), 48000, CODECS[name])
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert 3 * RATE < decode(path, RATE, 1).samples.shape[1] < 6 * RATE


def test_a_scratch_in_the_middle_costs_no_more_than_itself(tmp_path, write_audio, noise):
    path = write_audio(tmp_path / "a.mp3", noise(44100, 8.0), 44100, "libmp3lame")
    content = bytearray(path.read_bytes())
    content[40000:43000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(content)
    assert decode(path, RATE, 1).samples.shape[1] > 7 * RATE


def test_an_m4a_without_its_table_of_contents_is_no_audio(tmp_path, write_audio, noise):
    path = write_audio(tmp_path / "a.m4a", noise(44100, 4.0), 44100, "aac")
    path.write_bytes(path.read_bytes()[:10000])
    assert reason(path).startswith("not audio")


def test_text_under_the_name_of_audio_is_no_audio(tmp_path):
    (tmp_path / "a.mp3").write_text("this is no music\n" * 500)
    assert reason(tmp_path / "a.mp3").startswith("not audio")


def test_random_bytes_are_not_taken_for_music(tmp_path):
    (tmp_path / "a.mp3").write_bytes(np.random.default_rng(0).bytes(200_000))
    assert reason(tmp_path / "a.mp3").startswith(("not audio", "damaged"))


def test_a_file_of_zeros_is_not_taken_for_music(tmp_path):
    (tmp_path / "a.mp3").write_bytes(bytes(100_000))
    assert reason(tmp_path / "a.mp3").startswith(("not audio", "damaged"))


def test_a_picture_has_no_audio_stream(tmp_path):
    with av.open(str(tmp_path / "a.png"), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1, options={})
        stream.width, stream.height, stream.pix_fmt = 8, 8, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8), format="rgb24")))
    assert reason((tmp_path / "a.png").rename(tmp_path / "a.mp3")) == "no audio stream"


def test_files_that_are_not_there_or_hold_nothing_say_so(tmp_path, write_audio):
    (tmp_path / "zero.mp3").touch()
    assert reason(tmp_path / "zero.mp3") == "empty"
    assert reason(tmp_path / "missing.mp3") == "no such file"
    assert reason(tmp_path) == "not a file"
    header = write_audio(tmp_path / "a.wav", tone(), RATE, "pcm_s16le").read_bytes()[:78]
    (tmp_path / "header.wav").write_bytes(header)
    assert reason(tmp_path / "header.wav").startswith(("empty", "not audio"))


def test_nothing_is_printed_about_bad_files(tmp_path, capfd):
    (tmp_path / "a.mp3").write_bytes(np.random.default_rng(0).bytes(50_000))
    reason(tmp_path / "a.mp3")
    assert capfd.readouterr() == ("", "")


def test_the_error_is_one_that_speaks_to_the_person():
    assert issubclass(UnreadableAudio, RealClonedError)


@pytest.mark.skipif(not REAL.is_dir(), reason="no real recordings here")
@pytest.mark.parametrize(
    ("path", "seconds", "rate", "n_channels"),
    [
        ("singers/JA-Tenor-1/song01_00.flac", 8.66, 24000, 1),
        ("songs/Jonathan_Coulton/Flickr/audio.mp3", 167.97, 44100, 2),
        ("songs/Fairy_Bot_Orchestra/Heaven_cant_wait/audio.ogg", None, 44100, 2),
        ("acapella/257748724/257748724_1833648365.m4a", None, 22050, 1),
    ],
)
def test_real_recordings_of_each_format_decode(path, seconds, rate, n_channels):
    decoded = decode(REAL / path, RATE, 1)
    assert (decoded.source_sample_rate_hz, decoded.source_n_channels) == (rate, n_channels)
    assert np.abs(decoded.samples).max() > 3000
    assert seconds is None or decoded.samples.shape[1] / RATE == pytest.approx(seconds, abs=0.1)


RATE = 16000


def promised(path):
    """Decode a file; return the seconds heard, and those promised."""
    pieces = AudioBlocks(path, RATE, 1)
    return sum(piece.shape[1] for piece in pieces) / RATE, pieces.header_duration_s


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.wav", "pcm_s16le"), ("a.aiff", "pcm_s16be"), ("a.flac", "flac"), ("a.mka", "flac"), ("a.mp3", "libmp3lame")],
)
def test_a_file_cut_in_half_still_promises_its_whole_length(name, codec, noise, write_audio, tmp_path):
    path = write_audio(tmp_path / name, noise(RATE, 8.0, 1), RATE, codec)
    whole, declared = promised(path)
    assert whole == pytest.approx(8.0, abs=0.01)
    assert declared == pytest.approx(8.0, abs=0.01)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    half, declared = promised(path)
    assert half == pytest.approx(4.0, abs=0.5)
    assert declared == pytest.approx(8.0, abs=0.01)


def test_ogg_promises_nothing_since_its_length_is_read_off_its_end(noise, write_audio, tmp_path):
    path = write_audio(tmp_path / "a.opus", noise(48000, 4.0, 1), 48000, "libopus")
    assert promised(path)[1] is None


def test_an_mp3_without_a_count_of_frames_is_not_believed(noise, write_audio, tmp_path):
    path = write_audio(tmp_path / "a.mp3", noise(RATE, 4.0, 1), RATE, "libmp3lame")
    content = path.read_bytes()
    mark = max(content.find(b"Xing"), content.find(b"Info"))
    path.write_bytes(content[:mark] + b"\0\0\0\0" + content[mark + 4 :])
    assert promised(path)[1] is None


def test_a_count_of_frames_behind_a_long_tag_is_found(noise, write_audio, tmp_path):
    path = write_audio(tmp_path / "a.mp3", noise(RATE, 4.0, 1), RATE, "libmp3lame")
    content = path.read_bytes()
    start = content.find(b"\xff\xf3")
    path.write_bytes(b"ID3\x04\x00\x00\x00\x02\x00\x00" + bytes(2 << 14) + content[start:])  # sizes in 7-bit bytes
    assert promised(path)[1] == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_written_by_a_stream_of_unknown_length_promises_nothing(size, tmp_path):
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.ones(3 * RATE, "<i2").tobytes())
    content = bytearray(path.read_bytes())
    content[40:44] = size.to_bytes(4, "little")
    path.write_bytes(content)
    assert promised(path)[1] is None


LONG_RATE = 8000
HOUR_S = 3600
PROGRAM = """
import resource, sys
from pathlib import Path
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.corpora.decoding import DecodeTrack
from real_cloned.parameters.ingest import AudioParameters
audio = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=6.0)
file, store = Path(sys.argv[1]), Path(sys.argv[2])
write_store(store, StorePlan([DecodeTrack("long", file, audio)]), 16000, 1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write_long(path, duration_s):
    """Write a WAV of silence with one click, which takes next to no room on disk."""
    n_bytes = 2 * LONG_RATE * duration_s
    with path.open("wb") as file:
        riff = struct.pack("<4sI4s", b"RIFF", n_bytes + 36, b"WAVE")
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, LONG_RATE, 2 * LONG_RATE, 2, 16)
        head = riff + form + struct.pack("<4sI", b"data", n_bytes)
        file.write(head + b"\xff\x1f" * 100)
        file.truncate(44 + n_bytes)
    return path


def peak_kib(path, tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(path), str(tmp_path / f"{path.stem}_store")]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    return int(run.stdout)


@pytest.mark.slow
def test_ten_hours_are_decoded_in_the_memory_of_ten_minutes(tmp_path):
    short = peak_kib(write_long(tmp_path / "short.wav", HOUR_S // 6), tmp_path)
    long = peak_kib(write_long(tmp_path / "long.wav", 10 * HOUR_S), tmp_path)
    (shard,) = (tmp_path / "long_store").glob("shards/*/*.i16")
    assert shard.stat().st_size == 10 * HOUR_S * 16000 * 2
    assert long - short < 64 * 1024
