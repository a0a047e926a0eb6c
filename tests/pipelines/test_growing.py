"""A corpus that grows: what is worked on when tracks come, go or are renamed, and that the result is the same."""

import logging
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.pipelines.study import ROOT, TINY
from tests.sounds import write_wav

pytestmark = pytest.mark.slow

STAGES = ("ingest", "vocal_filter", "separation", "pretrain", "embed")
SAYING = ("audio.store_plan", "datasets.embeddings")
RATE = 16000


class Said(logging.Handler):
    """Collects what stores say of the tracks that are new, gone and kept."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


class Corpus:
    """Recordings of three singers, in the folder that a study reads."""

    def __init__(self, root, study):
        self.root, self.study = root, study

    def add(self, singer, name, seed):
        rng, seconds = np.random.default_rng(seed), np.arange(13 * RATE) / RATE
        samples = 8000 * np.sin(2 * np.pi * (200 + 50 * seed) * seconds) + rng.normal(0, 500, len(seconds))
        (self.root / singer).mkdir(parents=True, exist_ok=True)
        write_wav(self.root / singer / f"{name}.wav", samples.astype(np.int16)[None], RATE)

    def run(self, **changes):
        """Run the stages; return what was said of the corpus by the stages that keep tracks."""
        said, loggers = Said(), [logging.getLogger(f"real_cloned.{name}") for name in SAYING]
        for logger in loggers:
            logger.addHandler(said)
        try:
            with self.study.session(**changes) as session:
                session.run(pipeline_names=list(STAGES))
        finally:
            for logger in loggers:
                logger.removeHandler(said)
        names = ("closed: ", "closed/window_scores: ", "mfcc/closed/embeddings: ")
        return [line.partition(": ")[2] for line in said.lines if line.startswith(names)]


@pytest.fixture
def corpus(new_study, tmp_path):
    root = tmp_path / "music"
    parameters = {
        "own": {"root": str(root), "min_vocal_share": 0.0},
        "vocal_filter": {"threshold": 0.0, "method": "energy", "separator": "small"},
        "separator": "small",
        "pretrain": {"mfcc": TINY["pretrain"]["mfcc"], "speaker": {"weights": None}, "ge2e": {"weights": None}},
    }
    made = Corpus(root, new_study("own", parameters))
    for number in range(9):
        made.add("abc"[number // 3], f"song {number}", number)
    return made


def contents(study):
    """Return what is in each file that a stage hands on, but not what stores keep beside it."""
    names = ("tracks", "rejected", "splits", "segments", "index", "embeddings", "listed")
    files = study.contents().items()
    return {name: content for name, content in files if name.split("/")[-1].partition(".")[0] in names}


def test_work_is_done_on_what_is_new_alone_and_the_result_is_that_of_a_run_from_nothing(corpus, new_study):
    assert corpus.run() == ["9 new, 0 gone, 0 kept"] * 4
    corpus.add("a", "song 9", 9)
    assert corpus.run() == ["1 new, 0 gone, 9 kept"] * 4
    (corpus.root / "b" / "song 3.wav").unlink()
    (corpus.root / "b" / "song 4.wav").rename(corpus.root / "b" / "another name.wav")
    corpus.add("b", "song 10", 10)
    assert corpus.run() == ["1 new, 1 gone, 9 kept"] * 4
    (corpus.root / "c").rename(corpus.root / "sea")
    assert corpus.run() == ["0 new, 0 gone, 10 kept"] * 4
    whole = Corpus(corpus.root, new_study("own", corpus.study.parameters))
    assert whole.run() == ["10 new, 0 gone, 0 kept"] * 4
    grown, from_nothing = contents(corpus.study), contents(whole.study)
    assert len(from_nothing) > 10 and grown.keys() == from_nothing.keys()
    assert [name for name in grown if grown[name] != from_nothing[name]] == []


def test_another_parameter_works_on_all_and_the_first_one_again_on_none(corpus):
    corpus.run()
    separation = {"closed": {"separator": "small", "overlap": 0.1}}
    assert corpus.run(separation=separation) == ["9 new, 9 gone, 0 kept"] * 2
    assert corpus.run() == ["0 new, 9 gone, 9 kept", "9 new, 9 gone, 0 kept"]  # embeddings are kept of the last run
    assert corpus.run(audio={"segment_s": 3.0}) == ["9 new, 9 gone, 0 kept"] * 2
    assert corpus.run(incremental={"force": True}) == ["9 new, 0 gone, 0 kept"] * 4


def test_a_touched_file_and_a_copied_corpus_work_on_none(corpus, tmp_path):
    corpus.run()
    shutil.copytree(corpus.root, tmp_path / "copy", copy_function=shutil.copyfile)
    moved = {**corpus.study.parameters["own"], "root": str(tmp_path / "copy")}
    assert set(corpus.run(own=moved)) == {"0 new, 0 gone, 9 kept"}


def test_space_of_what_is_gone_is_given_back_on_request_and_nothing_runs_for_it(corpus):
    def n_bytes():
        return sum(path.stat().st_size for path in corpus.study.data.rglob("*.i16"))

    corpus.run()
    before = n_bytes()
    (corpus.root / "a" / "song 0.wav").unlink()
    corpus.add("a", "song 9", 9)
    corpus.run()
    assert n_bytes() > before
    used = corpus.study.contents()
    done = subprocess.run(
        [sys.executable, "-m", "kedro", "reclaim", "--env=own", f"--conf-source={corpus.study.conf}",
         f"--params=own.root={corpus.root},separator=small"],
        cwd=ROOT, env={**os.environ, "DO_NOT_TRACK": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    given_back = dict(re.findall(r"(\S+): ([\d.]+) MB given back", done.stdout))
    assert given_back["closed.audio"] == "0.4" and given_back["closed.stems"] in ("0.4", "0.8")
    assert n_bytes() == before
    gone = {name for name, content in used.items() if corpus.study.contents().get(name) != content}
    assert {name.rpartition(".")[2] for name in gone} == {"i16"}
    assert corpus.run() == []
