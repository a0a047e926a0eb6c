"""Pretraining on a Ray cluster of two nodes: as in one process, whatever is lost meanwhile.

The nodes are processes of this machine, without GPUs, which exchange tensors by gloo.
"""

import os
import signal
import threading
import time
from functools import partial

import pytest
import torch
from torch import distributed, nn

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive.datamodule import PairData
from real_cloned.encoders.contrastive.model import ContrastiveEncoder
from real_cloned.encoders.contrastive.module import ContrastiveTraining
from real_cloned.encoders.contrastive.training import pretrain_contrastive, train_on_pairs
from real_cloned.training.losses import gather_processes
from real_cloned.training.ray_training import RayTraining, use_ray
from tests.encoders.contrastive.test_training import LOSSES, MASHUP, same
from tests.tiny import AUDIO, AUGMENT, MIX, PRETRAIN, but

pytestmark = pytest.mark.slow
ray = pytest.importorskip("ray")

TONES = but(
    PRETRAIN, name="tones", train_stems=["vocals"], mix=MIX.model_dump(), augment=AUGMENT.model_dump(),
    pairs_per_batch=8, n_validation_pairs=8, max_epochs=3, steps_per_epoch=3, checkpoint_s=0,
)  # fmt: skip
SHARED = but(TONES, devices=2)
KEY_BIAS = slice(PRETRAIN.architecture.width, 2 * PRETRAIN.architecture.width)
"""Of the bias of queries, keys and values. The softmax does not depend on that of the keys."""


@pytest.fixture(scope="module")
def cluster(object_storage):  # workers find it by the environment
    """Two nodes of a CPU each, which share an object storage."""
    from ray.cluster_utils import Cluster

    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        cluster.add_node(num_cpus=1)
        ray.init(address=cluster.address)
        yield cluster
        ray.shutdown()
        cluster.shutdown()


@pytest.fixture
def on_ray(cluster):
    """Trainings go through Ray, until the test ends or `use_ray(None)`."""
    use_ray(RayTraining())
    yield cluster
    use_ray(None)


@pytest.fixture(scope="module")
def source(cluster, make_source):
    """Six singers, of whom each has a pitch of their own."""
    return make_source((4,) * 6, ("vocals", "accompaniment"), parameters=TONES)


class GatheredBatchNorm(nn.BatchNorm1d):
    """What torch's SyncBatchNorm computes on GPUs: the statistics are those of the rows of all processes."""

    def forward(self, rows):
        if not (self.training and distributed.is_initialized()):
            return super().forward(rows)
        first = distributed.get_rank() * len(rows)
        return super().forward(*gather_processes(rows))[first : first + len(rows)]


class RecordedTraining(ContrastiveTraining):
    """A training that keeps the loss of every step in its checkpoints; before its epochs something may happen."""

    def __init__(self, *args, disaster=None):
        super().__init__(*args)
        self.losses, self.disaster = [], disaster

    def on_train_epoch_start(self):
        super().on_train_epoch_start()
        if self.disaster is not None:
            self.disaster(distributed.get_rank(), self.current_epoch)

    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.losses = [*self.losses, loss.item()]
        return loss

    def on_save_checkpoint(self, checkpoint):
        super().on_save_checkpoint(checkpoint)
        checkpoint["losses"] = self.losses

    def on_load_checkpoint(self, checkpoint):
        super().on_load_checkpoint(checkpoint)
        self.losses = checkpoint["losses"]


def recorded(parameters, disaster=None):
    training = RecordedTraining(ContrastiveEncoder(parameters, AUDIO), parameters, disaster=disaster)
    for number, layer in enumerate(training.projector):
        if isinstance(layer, nn.BatchNorm1d):
            training.projector[number] = GatheredBatchNorm(layer.num_features)
    return training


def steps(source, folder, parameters=SHARED, disaster=None):
    """Train, and return the last checkpoint, with the losses of all steps."""
    data = PairData(source, source, parameters)
    train_on_pairs(partial(recorded, parameters, disaster), AUDIO, data, folder)
    return torch.load((folder / "last.ckpt").open("rb"), weights_only=True)


def are_equal(one, other):
    history = [[{name: row[name] for name in LOSSES} for row in training["history"]] for training in (one, other)]
    weights = all(torch.equal(tensor, other["state_dict"][name]) for name, tensor in one["state_dict"].items())
    return weights and one["losses"] == other["losses"] and history[0] == history[1]


@pytest.fixture(scope="module")
def undisturbed(source, tmp_path_factory):
    """The last checkpoint of two workers, and the folder of their training."""
    folder = tmp_path_factory.mktemp("undisturbed") / "training"
    use_ray(RayTraining())
    checkpoint = steps(source, folder)
    use_ray(None)
    return checkpoint, folder


def test_two_workers_have_the_losses_of_all_steps_and_the_weights_of_one_process(undisturbed, source, tmp_path):
    together, _ = undisturbed
    alone = steps(source, tmp_path / "training", TONES)
    assert together["losses"] == pytest.approx(alone["losses"], rel=1e-4)
    assert max(alone["losses"]) > 1.1 * min(alone["losses"])
    there, here = with_gradient(together["state_dict"]), with_gradient(alone["state_dict"])
    for name, tensor in here.items():
        torch.testing.assert_close(there[name], tensor, rtol=0, atol=5e-5)


def with_gradient(weights):
    """Return the weights that the loss depends on: of rounding errors, Adam makes steps of its full length."""
    useless = ("projector.0.bias", "projector.1.running_mean")  # before batch normalisation
    weights = {name: tensor.clone() for name, tensor in weights.items() if name not in useless}
    for block in range(PRETRAIN.architecture.depth):
        weights[f"encoder.trunk.blocks.{block}.attn.qkv.bias"][KEY_BIAS] = 0
    return weights


def test_a_worker_of_its_own_trains_exactly_as_this_process(source, on_ray, tmp_path):
    parameters = but(MASHUP, max_epochs=3)
    there, history = pretrain_contrastive(parameters, AUDIO, source, source, tmp_path / "training")
    use_ray(None)
    here, same_history = pretrain_contrastive(parameters, AUDIO, source, source)
    assert same(there, here)
    assert history[LOSSES].equals(same_history[LOSSES])


def kill_once(epochs, rank, epoch):
    """Note the epochs of the second worker; kill it when it begins the third one, the first time."""
    if rank == 1:
        begun = [*(epochs.read_text().split() if epochs.exists() else []), str(epoch)]
        epochs.write_text(" ".join(begun))
        if begun == ["0", "1", "2"]:
            os.kill(os.getpid(), signal.SIGKILL)


def test_after_a_worker_is_killed_the_weights_are_those_of_an_undisturbed_training(
    undisturbed, source, on_ray, object_storage, tmp_path
):
    folder = object_storage.folder("killed")
    checkpoint = steps(source, folder, disaster=partial(kill_once, tmp_path / "epochs"))
    assert (tmp_path / "epochs").read_text() == "0 1 2 2"
    assert are_equal(checkpoint, undisturbed[0])
    logs = [path.name for path in (folder / "logs").rglob("*") if path.is_file()]
    assert any(name.startswith("events") for name in logs)
    assert "tensors.tsv" in logs


def wait_to_be_killed(marker, head, rank, epoch):
    """Wait on a node that is not the head before the third epoch, the first time that a worker comes here."""
    node = ray.get_runtime_context().get_node_id()
    if epoch == 2 and node != head and not marker.exists():
        marker.write_text(node)
        time.sleep(600)


def test_after_a_node_is_killed_the_weights_are_those_of_an_undisturbed_training(undisturbed, source, on_ray, tmp_path):
    marker, killed = tmp_path / "waits", []
    on_ray.add_node(num_cpus=1)

    def kill_node():
        while not (marker.exists() and marker.read_text()):
            time.sleep(0.1)
        (node,) = (node for node in on_ray.worker_nodes if node.node_id == marker.read_text())
        on_ray.remove_node(node, allow_graceful=False)
        killed.append(node)

    threading.Thread(target=kill_node, daemon=True).start()
    disaster = partial(wait_to_be_killed, marker, on_ray.head_node.node_id)
    checkpoint = steps(source, tmp_path / "training", disaster=disaster)
    assert len(killed) == 1
    assert are_equal(checkpoint, undisturbed[0])


def fail(notes, rank, epoch):
    (notes / f"{rank}-{time.monotonic()}").touch()
    if rank == 1:
        raise ValueError("a reason of its own")


def test_a_training_that_fails_for_its_own_reason_is_given_up_and_says_the_reason(source, cluster, tmp_path):
    use_ray(RayTraining(max_failures=1))
    with pytest.raises(RealClonedError, match="pretrain tones: .* failed 2 times.*a reason of its own"):
        steps(source, tmp_path / "training", disaster=partial(fail, tmp_path))
    use_ray(None)
    assert len(list(tmp_path.glob("1-*"))) == 2


def refuse(notes, here):
    """Return no training on one of the workers, but what it knows."""
    if os.getpid() == here:
        return recorded(SHARED)
    rank = distributed.get_rank()
    (notes / f"{rank}-{time.monotonic()}").touch()
    if rank == 1:
        raise RealClonedError(f"deterministic: {torch.are_deterministic_algorithms_enabled()}")
    return recorded(SHARED)


def test_what_keeps_one_worker_from_training_ends_all_at_once_with_its_message(source, on_ray, tmp_path):
    torch.use_deterministic_algorithms(True)
    data = PairData(source, source, SHARED)
    try:
        with pytest.raises(RealClonedError, match="^pretrain tones: deterministic: True$"):
            train_on_pairs(partial(refuse, tmp_path, os.getpid()), AUDIO, data, tmp_path / "training")
    finally:
        torch.use_deterministic_algorithms(False)
    assert len(list(tmp_path.glob("*-*"))) == 2
