"""What the catalog keeps of a pipeline's datasets: whether they exist, and the state and content of their files.

A dataset that a node reads under another name than the one it was written under, such as a transcoded one
(https://docs.kedro.org/en/stable/catalog-data/data_catalog_yaml_examples/), is recognised by its file: the node
depends on the output with the same `filepath`. Kedro's own rule, which drops what follows the `@`, is not used here.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from real_cloned.core.files import is_remote
from real_cloned.datasets import FolderDataset
from real_cloned.incremental.fingerprint import digest_all, look_once, path_state
from real_cloned.incremental.ledger import Ledger


class CatalogState:
    """The datasets of a pipeline that outlive a run.

    Args:
        pipeline: The pipeline.
        catalog: Its catalog.
        ledger: What is known of outputs, also of those that other pipelines make.
    """

    def __init__(self, pipeline: Pipeline, catalog: CatalogProtocol, ledger: Ledger):
        self._catalog, self._ledger = catalog, ledger
        self.entries = _catalog_entries(pipeline, catalog)
        self._outputs = pipeline.all_outputs()
        self._output_of_file = {_file(self.entries.get(name, {})): name for name in sorted(self._outputs)}

    def is_stored(self, name: str) -> bool:
        """Tell whether a dataset outlives the run.

        Args:
            name: The dataset's name.
        """
        return name in self.entries

    def is_working_folder(self, name: str) -> bool:
        """Tell whether a dataset is a folder whose content is a node's own business.

        Args:
            name: The dataset's name.
        """
        return isinstance(self._catalog.get(name), FolderDataset)

    def output_of_file(self, name: str) -> str:
        """Return the output that has the same file as a dataset, or the dataset's own name if there is none.

        Outputs of nodes outside the pipeline are found too, if the ledger knows them.

        Args:
            name: The dataset's name.
        """
        file = _file(self.entries.get(name, {}))
        if name in self._outputs or file is None:
            return name
        if file in self._output_of_file or name in self._ledger.outputs():
            return self._output_of_file.get(file, name)
        output, entry = self._ledger_output_of_file.get(file, (name, self.entries[name]))
        self.entries.setdefault(output, entry)
        return output

    @cached_property
    def _ledger_output_of_file(self) -> dict[str | None, tuple[str, dict[str, Any]]]:
        """The outputs of other pipelines that the ledger knows, with their catalog entries, by file."""
        resolver = self._catalog.config_resolver  # type: ignore[attr-defined]  # not in the protocol
        names = [name for name in self._ledger.outputs() if name not in self.entries]
        entries = {name: resolver.resolve_pattern(name) for name in names}
        return {_file(entry): (name, entry) for name, entry in entries.items() if entry}

    def file_state(self, name: str) -> str | None:
        """Return what changes when the files of a dataset do; None if it does not exist.

        Args:
            name: The dataset's name.
        """
        return self._hash_files(name, by_content=False) if self._catalog.exists(name) else None

    def content_hash(self, name: str) -> str:
        """Return a hash of what is in the files of a dataset, or "" if they cannot be read.

        Of a dataset with the attribute `content_files` only these are read.

        Args:
            name: The dataset's name.
        """
        return self._hash_files(name, by_content=True)

    def known_content(self, name: str) -> str:
        """Return what is in a stored dataset: its content hash if it is as it was made, or else the state of its files.

        Args:
            name: The dataset's name.
        """
        record, state = self._ledger.get(name), self.file_state(name)
        return record.content_hash if record is not None and record.state == state else f"unknown content, {state}"

    def discard_partial_work(self, names: Iterable[str], *, forced: bool) -> None:
        """Delete what nodes have left unfinished in datasets, or keep in them for when they are run again.

        Args:
            names: The datasets' names.
            forced: Do so also in datasets that know what each of their tracks is made from (`take_up`).
        """
        for name in names:
            dataset: Any = self._catalog.get(name)
            if hasattr(dataset, "discard_partial_work") and (forced or not hasattr(dataset, "take_up")):
                dataset.discard_partial_work()

    def take_up(self, names: Iterable[str], made_from: str, *, by_content: bool) -> None:
        """Let datasets take up the tracks of earlier runs that were made from the same.

        Args:
            names: The datasets' names.
            made_from: Hash of what all tracks are made from.
            by_content: Know the files that tracks are made from by their content alone.
        """
        for name in names:
            dataset: Any = self._catalog.get(name)
            if hasattr(dataset, "take_up"):
                dataset.take_up(made_from, by_content=by_content)

    def _hash_files(self, name: str, *, by_content: bool) -> str:
        look = partial(self._look_at_files, name, by_content=by_content)
        return look_once(look, "dataset", self.entries[name].get("filepath", name), by_content)

    def _look_at_files(self, name: str, *, by_content: bool) -> str:
        dataset = self._catalog.get(name)
        files = getattr(dataset, "content_files", None) if by_content else None
        files = files or getattr(dataset, "files", None) or [self.entries[name].get("filepath")]
        if files[0] is None:
            return ""
        return digest_all(path_state(file, by_content=by_content) for file in files)


def _catalog_entries(pipeline: Pipeline, catalog: CatalogProtocol) -> dict[str, dict[str, Any]]:
    """Return the configuration of every dataset of a pipeline that outlives a run."""
    names = pipeline.datasets()
    for name in names:
        catalog.get(name, fallback_to_runtime_pattern=True)
    config: dict[str, dict[str, Any]] = catalog.to_config()[0]  # type: ignore[attr-defined]  # not in the protocol
    return {name: _flatten_entry(entry) for name, entry in config.items() if name in names}


def _flatten_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with all its options beside each other: Kedro nests those of classes without own constructor."""
    return {key: value for key, value in (entry | entry.get("kwargs", {})).items() if key not in ("args", "kwargs")}


def _file(entry: Mapping[str, Any]) -> str | None:
    """Return the absolute path of the file of a catalog entry; None if it has none."""
    filepath = entry.get("filepath")
    if filepath is None or is_remote(filepath):
        return None if filepath is None else str(filepath)
    return str(Path(filepath).expanduser().absolute())
