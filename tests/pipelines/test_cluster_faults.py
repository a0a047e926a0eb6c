"""A worker and a node die in the middle of a stage, and it makes what it makes undisturbed in one process."""

import os
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.audio import task_sources
from real_cloned.audio.clip_task import ClipTask
from real_cloned.audio.encode import encode_flac
from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import write_store
from real_cloned.audio.task_journal import TaskJournal
from real_cloned.core.executor import run_each, use_executor
from real_cloned.corpora.decoding import decode_tracks
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights
from real_cloned.encoders.embed import _cached_encoder, embed_segments
from real_cloned.parameters.embed import EmbedParameters
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.vocals.detection import inference
from real_cloned.vocals.detection.inference import score_windows
from real_cloned.vocals.separation import separators
from real_cloned.vocals.separation.run import separate_tracks
from tests.tiny import PRETRAIN, SEPARATION, VOCAL_FILTER, but

pytestmark = pytest.mark.slow
pytest.importorskip("ray")

RATE, SECONDS = 16000, 7
AUDIO = AudioParameters(sample_rate_hz=RATE, n_channels=1, segment_s=3.0)
NAMES = [f"song {number:02}" for number in range(16)]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("music")
    for number, name in enumerate(NAMES):
        rng, seconds = np.random.default_rng(number), np.arange(SECONDS * RATE) / RATE
        samples = 8000 * np.sin(2 * np.pi * (200 + 10 * number) * seconds) + rng.normal(0, 500, len(seconds))
        encode_flac(root / f"{name}.flac", samples.astype(np.int16)[None], RATE)
    return CorpusParameters(name="closed", root=str(root), split="probe")


@pytest.fixture(scope="module")
def tracks():
    return pd.DataFrame({"track_id": NAMES, "path": [f"{name}.flac" for name in NAMES], "role": "test"})


def test_files_are_read_for_their_hashes_by_workers(cluster, corpus, tracks, tmp_path, monkeypatch):
    def keys(folder):
        folder.mkdir()
        return TaskJournal(folder, n_channels=1).task_keys(decode_tracks(tracks, corpus, AUDIO).tasks, "", False)

    expected = keys(tmp_path / "here")
    monkeypatch.setattr(task_sources, "sha256_of", lambda _: pytest.fail("read by the process of the run"))
    with use_executor(cluster.executor()):
        assert keys(tmp_path / "there") == expected


@pytest.fixture(scope="module")
def audio(corpus, tracks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "audio"
    write_store(folder, decode_tracks(tracks, corpus, AUDIO), RATE, 1)
    return ShardStore(folder)


@pytest.fixture(scope="module")
def weights():
    torch.manual_seed(0)
    log_mel = but(PRETRAIN.log_mel, sample_rate_hz=RATE, n_fft=800, hop_length=400)
    variant = but(PRETRAIN, log_mel=log_mel, inference_stem="mixture")
    return contrastive_weights(ContrastiveEncoder(variant, AUDIO), variant, AUDIO)


PAUSE_S = 0.3
"""Of each task, so that something can be killed before all is done."""


class SlowReader(SegmentReader):
    """Reads segments slowly."""

    def read(self, requests):
        time.sleep(PAUSE_S)
        return super().read(requests)


class SlowStore(ShardStore):
    """Reads clips slowly."""

    def __reduce__(self):
        return SlowStore, (self.folder,)

    def read(self, *clip):
        time.sleep(PAUSE_S)
        return super().read(*clip)


@dataclass(frozen=True)
class SlowTask(ClipTask):
    """A task that takes its time."""

    task: ClipTask

    @property
    def track_id(self):
        return self.task.track_id

    @property
    def identity(self):
        return self.task.identity

    @property
    def source(self):
        return self.task.source

    @property
    def stems(self):
        return self.task.stems

    def __call__(self, shard):
        time.sleep(PAUSE_S)
        self.task(shard)


def slowly(plan):
    return replace(plan, tasks=[SlowTask(task) for task in plan.tasks])


@pytest.fixture
def stages(corpus, tracks, audio, weights, monkeypatch):
    """Return by stage what it makes: a function of a folder, and of what is called after each track."""
    separation = but(SEPARATION, separator="small", accompaniment="all")

    def store(plan, folder, after_each):
        add = TaskJournal.add
        monkeypatch.setattr(TaskJournal, "add", lambda *args: (add(*args), after_each()))
        write_store(folder / "store", plan(), RATE, 1)
        monkeypatch.setattr(TaskJournal, "add", add)
        made = ShardStore(folder / "store")
        assert not made.index.duplicated(["track_id", "stem"]).any()
        return made.index.to_csv()  # with the hash of each clip's samples, which the store is checked for

    def matrix(plan, folder, after_each):
        made = plan()
        batches = []
        for batch in made.batches():
            batches.append(batch)
            after_each()
        return made.index.to_csv(), np.concatenate(batches).tobytes()

    requests = tracks[["track_id"]].merge(pd.DataFrame({"stem": ["mixture"], "offset_s": [0.0]}), how="cross")
    reader = SlowReader(audio, audio, AUDIO.segment_s)
    plans = {
        "decoding": (store, lambda: slowly(decode_tracks(tracks, corpus, AUDIO))),
        "vocal filter": (matrix, lambda: score_windows(SlowStore(audio.folder), tracks, corpus, VOCAL_FILTER)),
        "separation": (store, lambda: slowly(separate_tracks(tracks, audio, audio, separation, corpus))),
        "embedding": (matrix, lambda: embed_segments(weights, reader, requests, EmbedParameters(batch_size=2))),
    }
    return {name: partial(make, plan) for name, (make, plan) in plans.items()}


@pytest.mark.parametrize("stage", ["decoding", "vocal filter", "separation", "embedding"])
def test_a_worker_and_a_node_that_die_change_nothing(cluster, stages, stage, tmp_path):
    for folder in ("undisturbed", "disturbed"):
        (tmp_path / folder).mkdir()
    expected = stages[stage](tmp_path / "undisturbed", lambda: None)
    ended = []

    def kill():
        ended.append(1)
        if len(ended) == 2:
            cluster.kill_worker()
        if len(ended) == 5:
            cluster.kill_node()

    with use_executor(cluster.executor()):
        found = stages[stage](tmp_path / "disturbed", kill)
    assert len(ended) == len(NAMES)
    assert found == expected


@dataclass(frozen=True)
class Counting:
    """Does a task, and returns the number of its process and how often that has loaded a model."""

    function: Any
    loader: Any

    def __call__(self, task):
        self.function(task)
        return os.getpid(), self.loader().cache_info().misses


def separate(name, separator, audio):
    separator.vocals(name, audio.read(name, "mixture", 0.0, 1.0))


def test_each_worker_loads_each_model_and_store_once(cluster, audio, weights):
    from real_cloned.audio import shard_store
    from real_cloned.core.executor import share
    from real_cloned.encoders.embed import _EncoderSource, _read_and_embed

    small = separators.load_network(but(SEPARATION, separator="small"), RATE)
    reader = SegmentReader(audio, audio, AUDIO.segment_s)
    embed = partial(_read_and_embed, _EncoderSource("hash", weights), reader, "float32")
    score = partial(inference._probabilities_once, audio=audio, detection=VOCAL_FILTER)
    work = {
        "separator": (partial(separate, separator=small, audio=audio), NAMES, lambda: separators._cached_separator),
        "store": (partial(separate, separator=small, audio=audio), NAMES, lambda: shard_store._open_once),
        "detector": (score, NAMES, lambda: inference._cached_detector),
        "encoder": (embed, [[(name, "mixture", 0.0)] for name in NAMES], lambda: _cached_encoder),
    }
    with use_executor(cluster.executor()):
        for name, (function, tasks, loader) in work.items():
            loads = dict(result for _, result in run_each(share(Counting(function, loader)), tasks))
            assert set(loads.values()) == {1}, (name, loads)
