"""The paper's settings, as conf/base has them."""

import warnings
from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader

from real_cloned.settings import CONFIG_LOADER_ARGS

ROOT = Path(__file__).parents[1]


def base_parameters() -> dict[str, Any]:
    """Return the parameters of conf/base, resolved."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\s*register_new_resolver")
        arguments: dict[str, Any] = {**CONFIG_LOADER_ARGS, "base_env": "base", "default_run_env": "base"}
        loader = OmegaConfigLoader(str(ROOT / "conf"), **arguments)
        return dict(loader["parameters"])


BASE = base_parameters()
