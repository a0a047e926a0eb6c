"""Tasks of a shard store that note that they were asked.

They are in a module of their own because processes import what a task needs: here little, so that they start soon.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from real_cloned.audio.clip_task import ClipTask


@dataclass(frozen=True)
class ReadFile(ClipTask):
    """Writes the numbers that a file holds, and a file beside the store."""

    track_id: str
    file: Path
    log: Path
    written: Path | None = None

    @property
    def identity(self):
        return "numbers"

    @property
    def source(self):
        return self.file

    @property
    def side_file(self):
        return self.written

    def __call__(self, shard):
        with self.log.open("a") as log:
            log.write(f"{self.track_id}\n")
        clip = shard.clip(self.track_id, "mixture")
        if self.file.exists():
            clip.append(np.array([[int(number) for number in self.file.read_text().split()]], np.int16))
        else:
            clip.metadata["reason"] = "no such file"
        if self.written is not None:
            self.written.touch()


@dataclass(frozen=True)
class Ramp(ClipTask):
    """Writes two stems side by side in three pieces, notes that it was asked, and fails where `fails` is there."""

    number: int
    log: Path
    fails: Path | None = None
    delay_s: float = 0.0

    @property
    def track_id(self):
        return f"t{self.number}"

    @property
    def identity(self):
        return f"ramp {self.number}"

    def __call__(self, shard):
        with self.log.open("a") as log:
            log.write(f"{self.number}\n")
        vocals, rest = shard.clip(f"t{self.number}", "vocals"), shard.clip(f"t{self.number}", "rest")
        for piece in range(3):
            time.sleep(self.delay_s)
            vocals.append(np.full((1, 10), 100 * self.number + piece, np.int16))
            rest.append(np.full((1, 5), -self.number, np.int16))
            if piece == 1 and self.fails is not None and self.fails.exists():
                raise KeyboardInterrupt
        vocals.metadata["number"] = rest.metadata["number"] = self.number


@dataclass(frozen=True)
class Faulty(ReadFile):
    """Reads a file unless its number is 13, at which it raises, or 666, at which it dies."""

    @property
    def rejected(self):
        return {"sample_rate_hz": 0}

    def __call__(self, shard):
        number = int(self.file.read_text())
        super().__call__(shard)
        if number == 666:
            os.kill(os.getpid(), 9)
        if number == 13:
            raise ZeroDivisionError("bad luck")
