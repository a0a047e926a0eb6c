"""What a file's header promises, and whether it is believed."""

import wave

import numpy as np
import pytest

from real_cloned.audio.decode import AudioBlocks

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
