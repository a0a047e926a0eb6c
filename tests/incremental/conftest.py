"""A small project, written to a folder of its own, whose code, parameters and files a test changes as a user would."""

import importlib
import os
import sys
from pathlib import Path

import pytest

STEPS = '''
"""The nodes."""
import numpy as np
from upath import UPath

from tiny_project.helpers import scaled


def list_files(corpus):
    """Return the names of the files, one per line."""
    if corpus["root"] is None:
        return ""
    return "\\n".join(sorted(path.name for path in UPath(corpus["root"]).iterdir()))


def measure(listed, measuring):
    """Return how long the names are."""
    # each name counts
    return str(sum(scaled(len(name)) for name in listed.split()) * measuring["gain"])


def train(measured, training, work_folder=None):
    """Return weights."""
    if work_folder is not None and (work_folder.parent / "stop").exists():
        (work_folder / "half.ckpt").write_text("")
        raise RuntimeError("stopped")
    return str(np.float64(measured) * training["rate"])


def shorten(names):
    return names.lower()


def write_report(first, second, more):
    """Return the report."""
    from tiny_project import sentences

    return sentences.sentence(first, second, more)
'''
HELPERS = '''
"""What nodes share."""
OFFSET = 1


def scaled(number):
    """Return a number."""
    return number + OFFSET


def unused(number):
    return number - 1
'''
SENTENCES = '''
"""Words."""
from pathlib import Path

TEMPLATE = Path(__file__).with_name("template.txt")


def sentence(*parts):
    return TEMPLATE.read_text() + " ".join(parts)
'''
FILES = {
    "__init__.py": "",
    "steps.py": STEPS,
    "helpers.py": HELPERS,
    "sentences.py": SENTENCES,
    "template.txt": "Report: ",
}
PARAMETERS = {
    "corpus": {"root": None},
    "more_corpus": {"root": None},
    "measuring": {"gain": 2},
    "first": {"rate": 0.5},
    "second": {"rate": 0.25},
}
STORED = ("listed", "more", "measured", "more_measured", "first_weights", "second_weights", "report")
EVERYTHING = {
    "list", "list_more", "measure", "measure_more", "train_first", "train_second", "write_report"
}  # fmt: skip


class Project:
    """The project in `folder`; `stored` are the datasets that the catalog writes to files."""

    def __init__(self, folder: Path):
        self.folder, self.package = folder, folder / "src" / "tiny_project"
        self.package.mkdir(parents=True)
        for name, text in FILES.items():
            (self.package / name).write_text(text)
        self.stored = list(STORED)
        self.parameters = {name: dict(value) for name, value in PARAMETERS.items()}
        self.load_args = {}
        self.incremental = {"ledger": "data/ledger.json"}
        self.add_music("music", "song.mp3")
        self.parameters["corpus"]["root"] = str(folder / "music")

    def add_music(self, name: str, *files: str) -> Path:
        for file in files:
            (self.folder / name).mkdir(exist_ok=True)
            (self.folder / name / file).write_text("sound")
        return self.folder / name

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.package / file).read_text()
        assert old in text
        (self.package / file).write_text(text.replace(old, new))

    def data(self, name: str) -> Path:
        return self.folder / "data" / f"{name}.txt"

    def pipeline(self):
        from kedro.pipeline import Node, Pipeline

        for name in [name for name in sys.modules if name.partition(".")[0] == "tiny_project"]:
            del sys.modules[name]
        steps = importlib.import_module("tiny_project.steps")
        return Pipeline(
            [
                Node(steps.list_files, "params:corpus", "listed", name="list", tags="reads_raw_files"),
                Node(steps.list_files, "params:more_corpus", "more", name="list_more", tags="reads_raw_files"),
                Node(steps.measure, ["listed", "params:measuring"], "measured", name="measure"),
                Node(steps.measure, ["more", "params:measuring"], "more_measured", name="measure_more"),
                Node(steps.train, ["measured", "params:first", "work_folder"], "first_weights", name="train_first"),
                Node(steps.train, ["measured", "params:second"], "second_weights", name="train_second"),
                Node(
                    steps.write_report,
                    ["first_weights", "second_weights", "more_measured"],
                    "report",
                    name="write_report",
                ),
            ]
        )

    def catalog(self):
        from kedro.io import DataCatalog

        config = {name: {"type": "text.TextDataset", "filepath": str(self.data(name))} for name in self.stored}
        for name, options in self.load_args.items():
            config[name] |= options
        work_folder = {
            "type": "real_cloned.datasets.FolderDataset",
            "filepath": str(self.folder / "data" / "work_folder"),
        }
        work_folder["unfinished"] = "*.ckpt"
        catalog = DataCatalog.from_config({**config, "work_folder": work_folder})
        for name, value in self.parameters.items():
            catalog[f"params:{name}"] = value
        catalog["params:incremental"] = self.incremental
        return catalog

    def plan(self, forced=(), **filters):
        from real_cloned.incremental.plan import RunPlan

        return RunPlan(self.pipeline().filter(**filters), self.catalog(), forced, self.folder)

    def run(self, forced=(), only_missing=False, **filters) -> set[str]:
        """Run, and return the names of the nodes that ran."""
        from real_cloned.incremental.runner import IncrementalRunner

        pipeline, ran = self.pipeline().filter(**filters), []
        for node in pipeline.nodes:
            node.func = _recorded(node.name, node.func, ran)
        self.ran = ran
        IncrementalRunner(forced, self.folder).run(pipeline, self.catalog(), only_missing_outputs=only_missing)
        return set(ran)


def _recorded(name, function, ran):
    from functools import wraps

    @wraps(function)
    def wrapped(*arguments):
        ran.append(name)
        return function(*arguments)

    return wrapped


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project that has never run."""
    made = Project(tmp_path)
    monkeypatch.syspath_prepend(str(made.package.parent))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr("kedro.framework.project.PACKAGE_NAME", "tiny_project")
    monkeypatch.setattr("real_cloned.incremental.state._parameter_types", dict)
    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] == "tiny_project"]:
        del sys.modules[name]


@pytest.fixture
def finished(project):
    """A project that has run once."""
    assert project.run() == EVERYTHING
    return project


def touch(path: Path) -> None:
    """Set a file's time of change to another one."""
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
