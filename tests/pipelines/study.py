"""The whole study on a handful of singers, in a folder of its own: its parameters, and what runs it."""

import io
import re
import shutil
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.framework.project import settings
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import CatalogProtocol

from real_cloned.core.files import AnyPath

VARIANTS = ("mixture", "vocal", "hybrid", "mashup", "clmr", "lstm", "mfcc")
"""Those of the demo, but for `speaker` and `ge2e`, whose packages need not be installed."""
TRANSFORMERS = [variant for variant in VARIANTS if variant not in ("lstm", "mfcc")]
CORPORA = ("train", "validation", "closed", "cloned", "fma", "mtg")
PROBED = ("closed", "cloned", "fma", "mtg")
REAL = ("closed", "fma", "mtg")
ROOT = Path(__file__).parents[2]
STAGES = ["ingest", "vocal_filter", "separation", "pretrain", "embed", "probe", "report"]
SMALL_ENCODER = {
    "architecture": {"width": 16, "depth": 1, "n_heads": 2, "embedding_size": 32, "projector_sizes": [32, 32]},
    "pairs_per_batch": 4,
    "steps_per_epoch": 2,
    "n_validation_pairs": 4,
    "max_epochs": 2,
    "enabled": True,
}
SMALL_TRANSFORMER = {**SMALL_ENCODER, "convolution": None, "crop_s": None}
SMALL_LSTM = {
    "enabled": True,
    "network": {"n_layers": 1, "hidden_size": 16, "embedding_size": 32, "window_frames": 20},
    "training": {
        "singers_per_batch": 2,
        "utterances_per_singer": 2,
        "train_steps": 2,
        "validation_steps": 1,
        "max_blocks": 2,
    },
}
TINY = {
    "demo": {
        "n_singers": {"train": 4, "validation": 2, "closed": 4, "fma": 2, "mtg": 2},
        "tracks_per_singer": [5, 6],
        "duration_s": [12, 13],
        "n_cloned_singers": 2,
        "n_clones_per_singer": 3,
    },
    "corpora": {name: {"min_vocal_share": 0.0} for name in ("train", "validation", "closed", "cloned", "fma", "mtg")},
    "vocal_filter": {"threshold": 0.0},
    "pretrain": {
        **dict.fromkeys(TRANSFORMERS, SMALL_ENCODER),
        "mixture": SMALL_TRANSFORMER,
        "lstm": SMALL_LSTM,
        "mfcc": {
            "n_mfcc": 8,
            "cohort": {"n_nearest": 3},
            "compare_stems": {"stems": ["mixture", "vocals", "turned_down"], "tracks_per_singer": 2},
        },
        **dict.fromkeys(("speaker", "ge2e"), {"weights": None}),
    },
    "probe": {
        "n_runs": 2,
        "n_singers": {"closed": [2, 4], "cloned": [3, 4]},
        "hidden_sizes": [16],
        "batch_size": 8,
        "steps_per_epoch": 2,
        "max_epochs": 2,
    },
    "report": {"figure2_min_tracks": 1, "n_bootstrap": 10},
}

UNTRAINED = {name: {"enabled": False} for name in VARIANTS if name not in ("mixture", "mfcc")}
ONE_ENCODER = {**TINY, "pretrain": {**TINY["pretrain"], **UNTRAINED}}

TIMES_OF_PAGE = re.compile(r'<section id="history".*?</section>|made</th><td>.*?</td>', re.DOTALL)


class Study:
    """A project whose data lie in `folder` or in `data`: `run` runs a pipeline, `load` reads a dataset."""

    def __init__(self, folder: Path, env: str, parameters: dict[str, Any], data: AnyPath | None = None):
        self.conf, self.env, self.parameters = folder / "conf", env, parameters
        self.data = data or folder / "data"
        shutil.copytree(ROOT / "conf", self.conf)
        for file in self.conf.rglob("globals.yml"):
            lines = [line for line in file.read_text().splitlines() if not line.startswith("data:")]
            file.write_text("\n".join([*lines, f"data: {self.data}"]) + "\n")
        bootstrap_project(ROOT)

    def session(self, **changes: Any) -> KedroSession:
        parameters = {**self.parameters, **changes}
        session: KedroSession = settings.SESSION_CLASS.create(
            project_path=ROOT, env=self.env, conf_source=str(self.conf), runtime_params=parameters
        )
        return session

    def run(self, pipeline: str, hooks: Iterable[Any] = (), **changes: Any) -> None:
        with self.session(**changes) as session:
            for hook in hooks:
                session._hook_manager.register(hook)
            session.run(pipeline_names=[pipeline])

    def load(self, name: str) -> Any:
        return self._catalog.load(name)

    @cached_property
    def _catalog(self) -> CatalogProtocol:
        return self.session().load_context().catalog

    def contents(self) -> dict[str, bytes]:
        """Return what is in each file but in those that tell times: ledger, lock, checkpoints, TensorBoard's logs."""
        found = sorted(self.data.rglob("*"), key=str)
        files = [path for path in found if path.is_file() and not path.name.startswith(".")]
        told = [path for path in files if path.name != "ledger.json" and path.suffix != ".ckpt"]
        names = {str(path).removeprefix(f"{self.data}/"): path for path in told if "tfevents" not in path.name}
        return {name: _content(path) for name, path in names.items()}


def _content(path: AnyPath) -> bytes:
    """Return the bytes of a file, without the seconds that trainings took, and the time at which a page was made."""
    if path.name == "report.html":
        return TIMES_OF_PAGE.sub("", path.read_text()).encode()
    if "history" not in path.name:
        return path.read_bytes()
    file = io.BytesIO(path.read_bytes())
    table = pd.read_parquet(file) if path.suffix == ".parquet" else pd.read_csv(file)
    return table.drop(columns="seconds", errors="ignore").to_csv().encode()
