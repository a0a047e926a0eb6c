"""Profiles of performances as a Kedro dataset, in one HDF5 file."""

from typing import Any

from kedro.io import AbstractDataset

from real_cloned.core.files import resolve_path
from real_cloned.covers.profiles import Profiles, read_profiles, write_profiles


class ProfilesDataset(AbstractDataset[dict[str, Profiles], dict[str, Profiles]]):
    """Saves and loads the profiles of a set of performances, by the name of the feature.

    Args:
        filepath: The HDF5 file; h5py reads it, `covers.profiles` says what is in it.
        metadata: For plugins such as Kedro-Viz; not used here.

    Example:
        In YAML:

        ```yaml
        covers.train.profiles:
          type: real_cloned.datasets.ProfilesDataset
          filepath: data/05_model_input/covers/train.h5
        ```

        In Python:

        >>> from tempfile import mkdtemp
        >>> import numpy as np
        >>> dataset = ProfilesDataset(filepath=f"{mkdtemp()}/train.h5")
        >>> dataset.save({"crema": Profiles(np.ones((2, 12, 500)), np.array(["W_1"] * 2), np.array(["P_1", "P_2"]))})
        >>> dataset.load()["crema"].values.shape
        (2, 12, 500)
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None):
        self.filepath = resolve_path(filepath)
        self.metadata = metadata

    def load(self) -> dict[str, Profiles]:
        """Return the profiles.

        Raises:
            RealClonedError: If the file is missing or damaged.
        """
        return read_profiles(self.filepath)

    def save(self, data: dict[str, Profiles]) -> None:
        """Write the file; if that fails, the old file stays as it was.

        Args:
            data: Profiles by feature.
        """
        write_profiles(self.filepath, data)

    def _exists(self) -> bool:
        return self.filepath.is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self.filepath)}
