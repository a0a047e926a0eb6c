"""What all tests share: one thread per process, stores filled by hand, and a few rendered demo songs."""

import gc
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: a tiny network is slower on many threads
# No test asks Amazon: tests that need object storage start a server of their own (the fixture `object_storage`).
os.environ |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}

import numpy as np
import pytest
from fsspec import get_filesystem_class
from hypothesis import settings
from joblib.externals.loky import get_reusable_executor

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
from real_cloned.parameters import auto_separator

from .cluster import TwoNodes
from .object_storage import ObjectStorage
from .tiny import DEMO, RATE


@pytest.fixture(scope="session", autouse=True)
def auto_is_the_separator_that_ships():
    """Whatever this machine has or can reach, and without asking for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auto_separator, "choose_separator", lambda: "small")
        yield


@pytest.fixture(scope="session")
def make_store(tmp_path_factory):
    """Return a store of {(track_id, stem): (n_channels, n) int16}."""

    def make(clips, sample_rate_hz=RATE, n_channels=1):
        folder = tmp_path_factory.mktemp("store") / "audio"
        made = [WriteClip(track_id, stem, np.asarray(samples, np.int16)) for (track_id, stem), samples in clips.items()]
        write_store(folder, StorePlan(made), sample_rate_hz, n_channels)
        return ShardStore(folder)

    return make


@pytest.fixture(scope="session")
def demo_songs():
    """Twelve songs of the tiny demo: the first of each singer of the corpora for training and probing, and clones."""
    from real_cloned.demo.discography import plan_tracks
    from real_cloned.demo.song import render_tracks

    firsts = {(plan.corpus, plan.singer, plan.clone_method): plan for plan in reversed(plan_tracks(DEMO))}
    plans = [plan for plan in firsts.values() if plan.corpus in ("train", "closed", "cloned")]
    return render_tracks(plans[:12], DEMO)


@pytest.fixture(scope="session")
def teacher_file(tmp_path_factory):
    """CAM++ with random weights, in the place of the installed one.

    Its statistics of batch normalisation are those of noise, without which all embeddings would be alike.
    """
    import torch

    from real_cloned.encoders.baselines.campplus import CampplusEncoder

    torch.manual_seed(0)
    network = CampplusEncoder(16000).network.train()
    for layer in network.modules():
        if isinstance(layer, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            layer.momentum = 1.0
    with torch.no_grad():
        network(torch.randn(8, 30, 80))
    path = tmp_path_factory.mktemp("teacher") / "campplus.pt"
    torch.save(network.state_dict(), path)
    return str(path)


gc.set_threshold(20_000)  # a tenth of the time went into looking through torch and Kedro for garbage
settings.register_profile("real_cloned", deadline=None)  # tests never assert times
settings.load_profile("real_cloned")


@pytest.fixture(scope="module")
def object_storage():
    """Yield a server of object storage, which this process and those that it starts find by their environment."""
    pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    storage = ObjectStorage()
    get_filesystem_class("s3").clear_instance_cache()  # one that was made before knows nothing of the server
    get_reusable_executor().shutdown()  # nor do processes that joblib keeps for the next call
    with pytest.MonkeyPatch.context() as patch:
        for name, value in storage.environment.items():
            patch.setenv(name, value)
        storage.make_bucket()
        yield storage
    get_reusable_executor().shutdown()
    get_filesystem_class("s3").clear_instance_cache()
    storage.stop()


@pytest.fixture(scope="module")
def nodes():
    """Yield a Ray cluster of two nodes, of which tests may have killed the second."""
    pytest.importorskip("ray")
    made = TwoNodes()
    yield made
    made.stop()


@pytest.fixture
def cluster(nodes):
    """Return a Ray cluster of two nodes that live."""
    nodes.start_second()
    return nodes
