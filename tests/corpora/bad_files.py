"""A folder of everything that can be wrong with a music file, and a few that are right under odd names."""

import os
import struct
from pathlib import Path

import av
import numpy as np

from tests.sounds import music, write_audio, write_wav

RATE = 16000
LONG_NAME = "n" * 240 + ".wav"

GOOD = {
    "with spaces  and, commas.wav": 11, "emoji 🎤🎶.wav": 12, "new\nline.wav": 13, LONG_NAME: 14, "-rf.wav": 15,
    "live: at the http://club.wav": 16, "percent%20#hash?.wav": 17, "Ünïcödé 東京.wav": 18, "<script>.wav": 19,
    "'; DROP TABLE tracks; --.wav": 20, "trailing dot..wav": 21, "tab\there.wav": 22,
}  # fmt: skip
"""Odd names of good files, with the seed of their music."""


def write_good(root: Path) -> dict[str, str]:
    """Write good files under odd names; return nothing to complain of."""
    for name, seed in GOOD.items():
        write_wav(root / "Nina" / name.replace("/", "_"), music(seed=seed))
    return {}


def write_cut(root: Path) -> dict[str, str]:
    """Write files that end before their header says, or in their middle turn into something else."""
    folder = root / "Cut"
    codecs = {
        "half.mp3": ("libmp3lame", "truncated"), "half.flac": ("flac", "truncated"),
        "half.aiff": ("pcm_s16be", "truncated"), "half.wav": ("pcm_s16le", "truncated"),
        "half.webm": ("libopus", "truncated"), "half.m4a": ("aac", "not audio"),
    }  # fmt: skip
    for index, (name, (codec, _)) in enumerate(codecs.items()):
        rate = 48000 if codec == "libopus" else RATE
        whole = write_audio(folder / name, music(6.0, seed=30 + index, rate=rate), rate, codec).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])
    first = write_audio(folder / "first bytes.mp3", music(seed=40), RATE, "libmp3lame").read_bytes()
    (folder / "first bytes.mp3").write_bytes(first[:100])
    whole = write_audio(folder / "noise inside.mp3", music(6.0, seed=41), RATE, "libmp3lame").read_bytes()
    garbage = np.random.default_rng(0).integers(0, 256, len(whole) - 2000, np.uint8).tobytes()
    (folder / "noise inside.mp3").write_bytes(whole[:1000] + garbage + whole[-1000:])
    reasons = {f"Cut/{name}": reason for name, (_, reason) in codecs.items()}
    return reasons | {"Cut/first bytes.mp3": "", "Cut/noise inside.mp3": ""}


def write_hollow(root: Path) -> dict[str, str]:
    """Write files that hold no music: empty, silent, short, or nothing to hear in them."""
    folder = root / "Hollow"
    write_wav(folder / "silent.wav", np.zeros((1, 2 * RATE), np.int16))
    write_wav(folder / "nearly silent.wav", (music(seed=50) // 1000).clip(-9, 9))
    write_wav(folder / "constant.wav", np.full((2, 2 * RATE), 20, np.int16))
    write_wav(folder / "short.wav", music(0.9, seed=51))
    write_wav(folder / "one sample.wav", music(1 / RATE, seed=52))
    write_wav(folder / "no samples.wav", np.zeros((1, 0), np.int16))
    write_audio(folder / "short.mp3", music(0.3, seed=53), RATE, "libmp3lame")
    (folder / "empty.mp3").touch()
    (folder / "empty.flac").touch()
    return {
        "Hollow/silent.wav": "silent", "Hollow/nearly silent.wav": "silent", "Hollow/constant.wav": "silent",
        "Hollow/short.wav": "shorter than one segment", "Hollow/one sample.wav": "shorter than one segment",
        "Hollow/no samples.wav": "", "Hollow/short.mp3": "shorter than one segment",
        "Hollow/empty.mp3": "empty", "Hollow/empty.flac": "empty",
    }  # fmt: skip


def write_foreign(root: Path) -> dict[str, str]:
    """Write files that are something else under the name of music."""
    folder = root / "Foreign"
    folder.mkdir(parents=True)
    (folder / "text.mp3").write_text("no music\n" * 100)
    (folder / "page.ogg").write_text("<html><body>404</body></html>")
    (folder / "picture.m4a").write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(200))
    (folder / "zeros.wav").write_bytes(bytes(50_000))
    (folder / "random.flac").write_bytes(np.random.default_rng(1).integers(0, 256, 50_000, np.uint8).tobytes())
    (folder / "header only.wav").write_bytes(b"RIFF\xff\xff\xff\x7fWAVE")
    (folder / "header only.flac").write_bytes(b"fLaC" + bytes(38))
    (folder / "half a tag.mp3").write_bytes(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(3000))
    with av.open(f"file:{folder / 'film.webm'}", "w") as container:
        stream = container.add_stream("libvpx", rate=10, width=64, height=64, pix_fmt="yuv420p")
        for _ in range(30):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
    return {
        **dict.fromkeys((f"Foreign/{file.name}" for file in folder.iterdir()), ""),
        **{"Foreign/film.webm": "no audio stream", "Foreign/text.mp3": "not audio", "Foreign/zeros.wav": ""},
    }


def write_odd_places(root: Path) -> dict[str, str]:
    """Write copies, links and things that are no files, and a file without a singer."""
    write_wav(root / "Copies" / "a.wav", music(seed=60))
    write_wav(root / "Copies" / "b, the same.wav", music(seed=60))
    write_audio(root / "Copies" / "c.flac", music(seed=60), RATE, "flac")
    (root / "Links").mkdir()
    (root / "Links" / "to nothing.mp3").symlink_to("gone.mp3")
    (root / "Links" / "to itself.mp3").symlink_to("to itself.mp3")
    (root / "Links" / "a folder.mp3").mkdir()
    os.mkfifo(root / "Links" / "pipe.mp3")
    write_wav(root / "no singer.wav", music(seed=61))
    with open(os.fsencode(root / "Links") + b"/\xff\xfe.wav", "wb") as file:  # noqa: PTH123 (no str names it)
        file.write(b"RIFF")
    return {
        "Copies/b, the same.wav": "copy", "Copies/c.flac": "copy", "Links/to nothing.mp3": "no such file",
        "Links/to itself.mp3": "", "Links/pipe.mp3": "not a file", "no singer.wav": "no singer folder",
        "Links/\ufffd\ufffd.wav": "its name is not UTF-8; rename it",
    }  # fmt: skip


def write_all(root: Path) -> dict[str, str]:
    """Write every kind of file under `root`; return what should be rejected, with the kind of reason ("": any)."""
    kinds = (write_good, write_cut, write_hollow, write_foreign, write_odd_places)
    return {path: reason for write in kinds for path, reason in write(root).items()}
