"""A working folder of a node as a Kedro dataset."""

from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from real_cloned.core.files import AnyPath, resolve_path


class FolderDataset(AbstractDataset[NoReturn, AnyPath]):
    """Loads the path of a folder in which a node keeps files of its own, such as the checkpoints of a training.

    Args:
        filepath: The folder, which is made if it does not exist.
        unfinished: A pattern of the files in it, at any depth, from which an interrupted node resumes.
        metadata: For plugins such as Kedro-Viz; not used here.

    Example:
        In YAML:

        ```yaml
        vocal.training:
          type: real_cloned.datasets.FolderDataset
          filepath: data/06_models/vocal/training
          unfinished: "*.ckpt"
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> FolderDataset(filepath=f"{mkdtemp()}/training").load().name
        'training'
    """

    def __init__(self, *, filepath: str, unfinished: str | None = None, metadata: dict[str, Any] | None = None):
        self.filepath, self.unfinished = resolve_path(filepath), unfinished
        self.metadata = metadata

    def load(self) -> AnyPath:
        """Return the folder."""
        self.filepath.mkdir(parents=True, exist_ok=True)
        return self.filepath

    def save(self, data: NoReturn) -> NoReturn:
        """Raise an error: the node that is given the folder writes in it by itself.

        Args:
            data: Nothing that could be saved.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(f"{self.filepath} is a node's working folder; it cannot be an output")

    def discard_partial_work(self) -> None:
        """Delete the files from which the node would resume; finished runs and their logs stay."""
        for file in self.filepath.rglob(self.unfinished) if self.unfinished else ():
            file.unlink()

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
