"""What the catalog keeps: whether it is there, in which state, and what is in it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kedro.io import CatalogProtocol

from real_cloned.datasets import FolderDataset
from real_cloned.incremental.inputs import REMOTE, state_of
from real_cloned.incremental.ledger import digest


class Outputs:
    """The datasets that a catalog keeps outside memory; entries : their configuration by name."""

    def __init__(self, catalog: CatalogProtocol, entries: Mapping[str, Mapping[str, Any]]):
        self._catalog, self._entries = catalog, entries

    def is_kept(self, name: str) -> bool:
        """Tell whether a dataset outlives the run."""
        return name in self._entries

    def is_workplace(self, name: str) -> bool:
        """Tell whether a dataset is a folder in which a node works as it likes."""
        return isinstance(self._catalog.get(name), FolderDataset)

    def state(self, name: str) -> str | None:
        """Return what changes when the files of a dataset do; None where it is not there."""
        return self._looked_at(name, by_content=False) if self._catalog.exists(name) else None

    def content(self, name: str) -> str:
        """Return a digest of what is in the files of a dataset, or an empty text where that cannot be told.

        Of a dataset that names files as `telling` only these are read.
        """
        return self._looked_at(name, by_content=True)

    def _looked_at(self, name: str, *, by_content: bool) -> str:
        dataset = self._catalog.get(name)
        files = getattr(dataset, "files", None) or [self._entries[name].get("filepath")]
        if by_content:
            files = getattr(dataset, "telling", files)
        if any(file is None or REMOTE in str(file) for file in files):
            return ""
        return digest([state_of(Path(file), by_content=by_content) for file in files])

    def forget_work(self, names: Iterable[str]) -> None:
        """Delete what nodes have left unfinished in these datasets, or keep in them for when they are run again."""
        for name in names:
            forget = getattr(self._catalog.get(name), "forget_work", None)
            if forget is not None:
                forget()
