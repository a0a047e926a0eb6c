"""The task of one track of a shard store: what it writes, and what that is made from."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from real_cloned.audio.shard_writer import ShardWriter
from real_cloned.core.files import AnyPath


class ClipTask(ABC):
    """Writes the clips of one track."""

    track_id: Any
    """Identifier of the track, a text (a field in some tasks, and a property in others)."""

    @property
    def identity(self) -> str:
        """What its clips are made from, except the content of `source`; a task of the same identity makes the same."""
        return repr(self)

    @property
    def source(self) -> AnyPath | None:
        """The file that its clips are made from; None for none."""
        return None

    @property
    def side_file(self) -> AnyPath | None:
        """A file outside of the store that it writes, too; where that is missing the task is done again."""
        return None

    @property
    def stems(self) -> Sequence[str] | None:
        """The stems that the store is to hold of the track; None for all that it writes."""
        return None

    @property
    def rejected(self) -> Mapping[str, Any] | None:
        """The metadata of a track whose task fails each time, which is rejected; None if that is to stop the run."""
        return None

    @abstractmethod
    def __call__(self, shard: ShardWriter) -> None:
        """Write each clip of the track.

        Args:
            shard: What writes them. It may have stems that were written before, which need not be written again.
        """
