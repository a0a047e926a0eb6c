"""The training step recorded as one CUDA graph, which a GPU replays without waiting for Python to start each kernel.

A CUDA graph repeats the recorded kernels on the recorded addresses. So the step reads its batch, its random numbers and
the learning rate from tensors that stay where they are, and all that differs from step to step is copied into these.
The first steps are done one kernel after the other, as torch asks for before recording; they are steps like any other.

Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

import logging
from typing import Any

import torch
from torch import Tensor

from real_cloned.core.errors import RealClonedError
from real_cloned.core.runtime import is_deterministic
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.draws import KeptDraws
from real_cloned.encoders.contrastive.module import ContrastiveTraining
from real_cloned.parameters.pretrain import PretrainParameters
from real_cloned.training.ray_training import wants_ray

log = logging.getLogger(__name__)

N_EAGER = 3
"""Steps before the one that is recorded, in which kernels are compiled and libraries take their memory."""


def wants_cuda_graph(parameters: PretrainParameters) -> bool:
    """Tell whether a variant's training step is to be recorded as a CUDA graph on this machine.

    It is not where deterministic algorithms are wanted, nor in Ray's workers: `DistributedDataParallel` exchanges
    gradients in hooks of the backward pass, which the recorded step has not.

    Args:
        parameters: Of the variant; cuda_graph is used.

    Raises:
        RealClonedError: It is asked for, and there is no GPU.
    """
    if parameters.cuda_graph and wants_ray() is not None:
        log.warning("%s: trained without cuda_graph, since it is trained through Ray", parameters.name)
        return False
    if parameters.cuda_graph and not torch.cuda.is_available():
        raise RealClonedError(
            f"pretrain.{parameters.name}.cuda_graph: true needs a GPU, and torch finds none: set it to false"
        )
    if parameters.cuda_graph and is_deterministic():
        log.warning("%s: trained without cuda_graph, since deterministic algorithms are wanted", parameters.name)
    return parameters.cuda_graph and not is_deterministic()


class GraphTraining(ContrastiveTraining):
    """A training whose step, with backward pass and Adam, is a `RecordedStep`; validation is as it was.

    Lightning still counts the steps; the hooks in which it would go backward and update the weights do nothing, since
    the recorded step does so.
    """

    step: "RecordedStep | None" = None

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Do the whole step, and return the loss of a batch of pairs.

        Args:
            batch: Of the training corpus.
            batch_idx: Not used.
        """
        batch = self.crop(batch)
        if self.step is None:
            optimizer: Any = self.optimizers(use_pl_optimizer=False)
            self.step = RecordedStep(self, optimizer, batch)
        loss, hits = self.step(batch)
        self.update_means("train", loss, hits)
        return loss.clone()  # the next step overwrites it

    def backward(self, loss: Tensor, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the step has gone backward.

        Args:
            loss: Not used.
            *args: Not used.
            **kwargs: Not used.
        """

    def optimizer_zero_grad(self, epoch: int, batch_idx: int, optimizer: torch.optim.Optimizer) -> None:
        """Do nothing: the step begins without gradients.

        Args:
            epoch: Not used.
            batch_idx: Not used.
            optimizer: Not used.
        """

    def optimizer_step(self, epoch: int, batch_idx: int, optimizer: Any, optimizer_closure: Any = None) -> None:
        """Do the step, which updates the weights.

        Args:
            epoch: Not used.
            batch_idx: Not used.
            optimizer: Not used.
            optimizer_closure: Lightning's, which calls `training_step`.
        """
        optimizer_closure()

    def on_train_end(self) -> None:
        """Give the memory of the recorded step back."""
        self.step = None


class RecordedStep:
    """A step of a training on tensors that stay where they are: on a GPU it is recorded once and then replayed.

    On a CPU the same function is called each time.

    Args:
        training: In training mode, on the device that trains.
        optimizer: Adam, of its weights.
        batch: Whose shapes all batches have.

    Attributes:
        graph: What was recorded; None before.
    """

    def __init__(self, training: ContrastiveTraining, optimizer: torch.optim.Optimizer, batch: Batch):
        self.training, self.optimizer, self.device = training, optimizer, batch.segments.device
        accompaniment = None if batch.accompaniment is None else batch.accompaniment.clone()
        self.batch = Batch(batch.segments.clone(), accompaniment, batch.labels.clone(), batch.seed)
        self.draws = KeptDraws(len(batch.segments), self.device)
        self.graph: torch.cuda.CUDAGraph | None = None
        self.outputs: tuple[Tensor, Tensor] | None = None
        self.n_done = 0
        for group in optimizer.param_groups:  # also those that a checkpoint has brought, on the CPU
            group["capturable"] = True
            group["lr"] = torch.tensor(float(group["lr"]), device=self.device)

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the loss of a batch, and what else `ContrastiveTraining.loss` returns, after updating the weights.

        Args:
            batch: Cropped.

        Returns:
            Tensors that the next call overwrites.
        """
        self.fill(batch)
        if self.device.type != "cuda":
            self.outputs = self.run()
        elif self.n_done < N_EAGER:
            self.outputs = self.run_aside()
        else:
            self.replay()
        self.n_done += 1
        assert self.outputs is not None  # noqa: S101  (for mypy)
        return self.outputs

    def fill(self, batch: Batch) -> None:
        """Copy a batch, and draw its random numbers, to where the step reads them.

        Args:
            batch: Cropped.
        """
        for kept, new in zip(self.batch, batch, strict=True):
            if isinstance(kept, Tensor) and isinstance(new, Tensor):
                kept.copy_(new, non_blocking=True)
        self.draws.refill(batch.seed)

    def run(self) -> tuple[Tensor, Tensor]:
        """Do the step on the batch that is kept; return loss and hits without their history."""
        self.optimizer.zero_grad(set_to_none=True)
        loss, hits = self.training.loss(self.batch, self.draws)
        with torch.autocast(self.device.type, enabled=False):
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
        return loss.detach(), hits

    def run_aside(self) -> tuple[Tensor, Tensor]:
        """Do the step on a stream of its own, where torch wants the steps before recording."""
        stream, current = torch.cuda.Stream(self.device), torch.cuda.current_stream(self.device)
        stream.wait_stream(current)
        with torch.cuda.stream(stream):
            outputs = self.run()
        current.wait_stream(stream)
        return outputs

    def replay(self) -> None:
        """Replay the step; the first time, record it before, which does nothing yet."""
        if self.graph is None:
            graph = torch.cuda.CUDAGraph()
            # thread_local: the thread that reads ahead may take pinned memory meanwhile
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self.outputs = self.run()
            self.graph = graph
        self.graph.replay()
