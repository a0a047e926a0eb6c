"""A small separator of Demucs' own class, trained on the demo's voices and bands.

It is there so that the demo and one's own recordings can be separated on a laptop without a network; the published
Demucs models, trained on real music, are far better on it and are one parameter away.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from demucs.hdemucs import HDemucs
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor
from tqdm import trange

from real_cloned.audio.store import ShardStore
from real_cloned.errors import RealClonedError
from real_cloned.vocal_parameters import SeparatorTrainingParameters
from real_cloned.vocals.remixes import Remixes

SOURCES = ("vocals",)
PRETRAINING = ("train", "validation")
FLOOR = 1e-3
"""Errors this far below the mixture, in power, are small enough."""


def train_separator(stems: ShardStore, truth: pd.DataFrame, parameters: SeparatorTrainingParameters) -> Any:
    """Return an HDemucs trained to find voices over bands, of one track or of two, in timbres of random colour.

    stems : vocals and accompaniment of every track in `truth`, mono; truth : schemas.DemoTruth

    Only tracks of the corpora for pretraining are used, so that those that are identified later, singers and bands,
    are new to the separator. Raises RealClonedError when there are none.
    """
    torch.manual_seed(parameters.seed)
    used = truth.loc[truth["corpus"].isin(PRETRAINING), "track_id"]
    if used.empty:
        raise RealClonedError(
            f"the demo's truth holds no track of {' or '.join(PRETRAINING)}, only of "
            f"{', '.join(truth['corpus'].unique())}: set demo.n_singers so that it does"
        )
    remixes = Remixes(stems, used.to_numpy(), parameters, np.random.default_rng(parameters.seed))
    model = HDemucs(**architecture(parameters, stems.sample_rate_hz))
    optimizer = torch.optim.AdamW(model.parameters(), lr=parameters.learning_rate, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, parameters.learning_rate, parameters.n_steps, pct_start=0.1, cycle_momentum=False
    )
    bar = trange(parameters.n_steps, desc="train separator", unit="step", mininterval=1.0)
    for _ in bar:
        vocals, mixture = remixes.batch()  # (batch, 1, n_samples) each
        optimizer.zero_grad()
        loss = error_db(model(mixture)[:, 0], vocals, mixture)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.1f} dB", refresh=False)
    return model.eval()


def architecture(parameters: SeparatorTrainingParameters, sample_rate_hz: int) -> dict[str, object]:
    """Return the arguments of HDemucs.

    Only the branch over spectrograms: the one over waveforms takes half the time again and gains nothing here. Four
    layers go from 512 frequencies to one, the fifth over time; LSTMs in the last two hear how a note moves, which tells
    a voice from a chord of the same colour.
    """
    return {
        "sources": list(SOURCES), "audio_channels": 1, "channels": parameters.channels, "depth": 5, "nfft": 1024,
        "hybrid": False, "samplerate": sample_rate_hz, "segment": 8, "norm_starts": 4, "dconv_depth": 1,
        "dconv_comp": 2, "dconv_attn": 5, "dconv_lstm": 3,
    }  # fmt: skip


def error_db(estimate: Tensor, vocals: Tensor, mixture: Tensor) -> Tensor:
    """Return the mean over the batch of the error's power in decibels below the mixture's.

    Each is (batch, 1, n_samples). In decibels every example counts alike, quiet or loud, as it does in the measure.
    """
    error = (estimate - vocals).square().mean(dim=2)
    return (10 * torch.log10(error / (mixture.square().mean(dim=2) + 1e-7) + FLOOR)).mean()


def save_separator(model: Any, path: Path | str) -> None:
    """Write the model in half precision, as `demucs.hf.load_safetensors_model` reads it."""
    args, kwargs = model._init_args_kwargs
    metadata = {
        "klass": "demucs.hdemucs.HDemucs",
        "args": json.dumps(args),
        "kwargs": json.dumps(kwargs, default=_fraction),
    }
    tensors = {name: tensor.detach().half().contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, str(path), metadata)


def scale_invariant_sdr(estimate: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Return the scale-invariant signal-to-distortion ratio in decibels of (n_samples,) against the true (n_samples,).

    Source: Le Roux et al., "SDR: half-baked or well done?", ICASSP 2019.
    """
    scaled = truth * (estimate @ truth) / (truth @ truth)
    return float(10 * np.log10((scaled @ scaled) / ((estimate - scaled) @ (estimate - scaled))))


def _fraction(value: object) -> object:
    if isinstance(value, Fraction):
        return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
    raise TypeError(f"{type(value).__name__} has no place in a model's arguments")
