"""Where a report comes from: versions, commit, time, and what the caller adds."""

import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

LIBRARIES = (
    "real_cloned",
    "kedro",
    "torch",
    "torchaudio",
    "lightning",
    "timm",
    "demucs",
    "scikit-learn",
    "pandas",
    "av",
)


def run_facts(facts: Mapping[str, str]) -> dict[str, str]:
    """Return `facts`, then the time (UTC), the working folder's git commit, Python's and the libraries' versions."""
    versions = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    own = {"made": made, "commit": git_commit(), "python": platform.python_version(), "libraries": versions}
    return {**facts, **own}


def git_commit() -> str:
    """Return the commit of the working folder, marked where files have changed since; or that there is none."""
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not in a git repository"
