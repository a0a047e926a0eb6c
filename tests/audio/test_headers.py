"""Where a header cannot be believed, the samples are; where it can, a file that was cut is known by it."""

import io
import struct
from contextlib import suppress

import numpy as np
import pytest

from real_cloned.audio.decode import AudioBlocks, decode
from real_cloned.audio.headers import FileView, find_ogg_links
from real_cloned.audio.packets import UnreadableAudio
from tests.sounds import music, write_audio

RATE = 16000
SAMPLES = music(2.0, n_channels=2)
UNKNOWN = [0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF - 36, 0xFFFFFFFF]


def declared(path):
    """Decode a file; return the seconds that it holds, and those that its header declares."""
    blocks = AudioBlocks(path, RATE, 2)
    return sum(block.shape[1] for block in blocks) / RATE, blocks.header_duration_s


def patch(path, *changes):
    """Overwrite bytes of a file: each change is an offset and the bytes."""
    content = bytearray(path.read_bytes())
    for offset, new in changes:
        content[offset : offset + len(new)] = new
    path.write_bytes(content)
    return path


def cut(path, share=0.5):
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * share)])
    return path


def write_wav(path, codec="pcm_s16le"):
    write_audio(path, SAMPLES, RATE, codec)
    return path, path.read_bytes().index(b"data") + 4


def write_aiff(path):
    content = write_audio(path, SAMPLES, RATE, "pcm_s16be").read_bytes()
    return path, content.index(b"COMM") + 10, content.index(b"SSND") + 4


def write_w64(path):
    content = write_audio(path, SAMPLES, RATE, "pcm_s16le").read_bytes()
    return path, content.index(b"data") + 16


def write_rf64(path):
    """Write a WAV whose sizes have 64 bits; return the offset of that of its samples."""
    data = np.ascontiguousarray(SAMPLES.T, "<i2").tobytes()
    sizes = struct.pack("<QQQI", len(data) + 72, len(data), SAMPLES.shape[1], 0)
    form = struct.pack("<HHIIHH", 1, 2, RATE, 4 * RATE, 4, 16)
    chunks = [(b"ds64", len(sizes), sizes), (b"fmt ", len(form), form), (b"data", 0xFFFFFFFF, data)]
    body = b"".join(struct.pack("<4sI", name, size) + content for name, size, content in chunks)
    path.write_bytes(b"RF64\xff\xff\xff\xffWAVE" + body)
    return path, 28


def assert_whole(path):
    assert np.array_equal(decode(path, RATE, 2).samples, SAMPLES)
    assert declared(path)[1] is None


@pytest.mark.parametrize("size", UNKNOWN)
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
def test_a_wav_of_unknown_length_is_read_to_its_end(size, codec, tmp_path):
    path, size_at = write_wav(tmp_path / "a.wav", codec)
    assert_whole(patch(path, (4, struct.pack("<I", min(size + 36, 2**32 - 1))), (size_at, struct.pack("<I", size))))


@pytest.mark.parametrize("size", UNKNOWN)
def test_an_aiff_of_unknown_length_is_read_to_its_end(size, tmp_path):
    path, n_frames_at, size_at = write_aiff(tmp_path / "a.aiff")
    sizes = {4: size, n_frames_at: size // 4, size_at: size}
    assert_whole(patch(path, *((at, struct.pack(">I", value)) for at, value in sizes.items())))


@pytest.mark.parametrize("size", [0, 24, 2**63 - 4096, 2**64 - 1])
def test_a_w64_of_unknown_length_is_read_to_its_end(size, tmp_path):
    path, size_at = write_w64(tmp_path / "a.w64")
    assert_whole(patch(path, (16, struct.pack("<Q", size)), (size_at, struct.pack("<Q", size))))


@pytest.mark.parametrize("size", [0, 2**63 - 4096, 2**64 - 1])
def test_an_rf64_of_unknown_length_is_read_to_its_end(size, tmp_path):
    path, size_at = write_rf64(tmp_path / "a.wav")
    assert_whole(patch(path, (size_at, struct.pack("<Q", size))))


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0xFFFFFFFF])
def test_an_au_of_unknown_length_is_read_to_its_end(size, tmp_path):
    path = write_audio(tmp_path / "a.au", SAMPLES, RATE, "pcm_s16be")
    assert_whole(patch(path, (8, struct.pack(">I", size))))


def test_flac_and_wavpack_of_unknown_length_are_read_to_their_end(tmp_path):
    path = write_audio(tmp_path / "a.flac", SAMPLES, RATE, "flac")
    assert_whole(patch(path, (21, bytes([path.read_bytes()[21] & 0xF0, 0, 0, 0, 0]))))
    path = write_audio(tmp_path / "a.wv", SAMPLES, RATE, "wavpack")
    assert declared(patch(path, (12, b"\xff" * 4))) == (2.0, None)


def test_a_caf_of_unknown_length_is_read_to_its_end(tmp_path):
    path = write_audio(tmp_path / "a.caf", SAMPLES, RATE, "pcm_s16be")
    assert_whole(patch(path, (path.read_bytes().index(b"data") + 4, b"\xff" * 8)))


@pytest.mark.parametrize("kind", ["pcm_s16le", "pcm_s24le", "pcm_f32le", "aiff", "w64", "rf64", "au", "caf"])
def test_a_file_of_plain_samples_declares_its_length_when_it_is_cut(kind, tmp_path):
    write = {"aiff": write_aiff, "w64": write_w64, "rf64": write_rf64}
    if kind.startswith("pcm"):
        path, _ = write_wav(tmp_path / "a.wav", kind)
    elif kind in write:
        path, *_ = write[kind](tmp_path / f"a.{kind}")
    else:
        path = write_audio(tmp_path / f"a.{kind}", SAMPLES, RATE, "pcm_s16be")
    expected = None if kind == "au" else pytest.approx(2.0)
    assert declared(path) == (2.0, expected)
    decoded_s, header_s = declared(cut(path))
    assert decoded_s == pytest.approx(1.0, abs=0.1)
    assert header_s == expected


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.w64", "a.au"])
def test_a_header_that_breaks_off_anywhere_is_a_rejected_file_or_a_few_samples(name, tmp_path):
    codec = "pcm_s16be" if name in ("a.aiff", "a.au") else "pcm_s16le"
    whole = write_audio(tmp_path / name, SAMPLES, RATE, codec).read_bytes()
    for n_bytes in range(1, 140, 3):
        (tmp_path / name).write_bytes(whole[:n_bytes])
        with suppress(UnreadableAudio):
            assert decode(tmp_path / name, RATE, 2).samples.shape[1] < 30


def mp3_tag(path):
    content = path.read_bytes()
    return max(content.find(b"Xing"), content.find(b"Info")), content


@pytest.mark.parametrize("factor", [0, 2, 1000])
def test_an_mp3_that_counts_too_many_frames_for_its_bytes_is_believed_to_be_whole(factor, tmp_path):
    path = write_audio(tmp_path / "a.mp3", SAMPLES, RATE, "libmp3lame")
    at, content = mp3_tag(path)
    n_frames = int.from_bytes(content[at + 8 : at + 12], "big")
    patch(path, (at + 8, struct.pack(">I", n_frames * factor)))
    decoded_s, header_s = declared(path)
    assert decoded_s == pytest.approx(2.0, abs=0.1)
    assert header_s is None


def test_an_mp3_that_counts_too_many_frames_and_is_cut_declares_them(tmp_path):
    path = write_audio(tmp_path / "a.mp3", SAMPLES, RATE, "libmp3lame")
    decoded_s, header_s = declared(cut(path))
    assert decoded_s < 1.3
    assert header_s == pytest.approx(2.0, abs=0.01)


def test_an_mp3_that_counts_bytes_but_no_frames_declares_nothing(tmp_path):
    path = write_audio(tmp_path / "a.mp3", SAMPLES, RATE, "libmp3lame")
    at, _ = mp3_tag(path)
    assert declared(patch(path, (at + 4, struct.pack(">I", 0x0E))))[1] is None


def test_the_parts_of_an_ogg_file_begin_where_they_were_joined(tmp_path):
    parts = [
        write_audio(tmp_path / f"{n}.opus", music(1.0, n, rate=48000), 48000, "libopus").read_bytes() for n in range(3)
    ]
    starts = [0, len(parts[0]), len(parts[0]) + len(parts[1])]
    assert find_ogg_links(io.BytesIO(b"".join(parts))) == starts
    assert find_ogg_links(io.BytesIO(parts[0])) == [0]
    assert find_ogg_links(io.BytesIO(b"".join(parts)[: starts[1] + 10])) == [0]
    assert find_ogg_links(io.BytesIO(b"no Ogg file")) == []


def test_a_view_reads_as_the_part_of_the_file_with_the_corrections():
    content = np.random.default_rng(0).bytes(1000)
    expected = bytearray(content[100:900])
    corrections = {0: b"ab", 37: b"correction", 798: b"yz"}
    for offset, new in corrections.items():
        expected[offset : offset + len(new)] = new
    view = FileView(io.BytesIO(content), 100, 900, corrections)
    assert view.read() == expected
    for offset, size in np.random.default_rng(1).integers(0, 850, (200, 2)).tolist():
        assert view.seek(offset) == view.tell() == offset
        assert view.read(size) == expected[offset : offset + size]
        assert view.tell() == max(offset, min(800, offset + size))
    assert view.seek(-5, io.SEEK_END) == 795
    assert view.seek(2, io.SEEK_CUR) == 797
    assert view.read(10) == expected[797:]
