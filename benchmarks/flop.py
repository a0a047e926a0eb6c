"""Floating-point operations of a step of the paper's pretraining, and what a GPU does in a second at best."""

from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters

BACKWARD = 2
"""Going back through a network takes twice what going forward does."""

PEAKS = {"H200": 790e12, "H100": 790e12}
"""By a part of the device's name: about what a large product of random matrices in bfloat16 reaches in torch 2.11; the
manufacturer names 989."""


def step_flop(parameters: PretrainParameters, audio: AudioParameters) -> float:
    """Return the floating-point operations of one training step, forward and backward.

    Per block and token: 24 width² in the matrices (a multiplication and an addition each), 4 tokens × width in the
    attention. The last block's other tokens, log-mel and projector are left out of account: they weigh little.
    """
    shape, log_mel = parameters.architecture, parameters.log_mel
    height, breadth = shape.patch_size
    n_frames = audio.segment_samples // log_mel.hop_length
    tokens = (log_mel.n_mels // height) * (n_frames // breadth) + 1
    forward = shape.depth * tokens * (24 * shape.width**2 + 4 * tokens * shape.width)
    return float(2 * parameters.pairs_per_batch * forward * (1 + BACKWARD))


def peak_of(device_name: str) -> float | None:
    """Return the operations that a device does in a second at best; None for one that is not in `PEAKS`."""
    return next((peak for part, peak in PEAKS.items() if part in device_name), None)
