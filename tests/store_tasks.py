"""A task of a shard store that reads a file and notes that it did."""

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
