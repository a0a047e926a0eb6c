"""A small separator of Demucs' own class, trained on the demo's voices and bands.

It is there so that one's own recordings can be separated on a laptop without a network; the published Demucs models,
trained on real music, are far better and are one parameter away.
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
from torch.nn import functional
from tqdm import trange

from real_cloned.audio.store import ShardStore
from real_cloned.parameters import SeparatorTrainingParameters

SOURCES = ("accompaniment", "vocals")
LEVELS_DB = (-6.0, 6.0)


def train_separator(stems: ShardStore, truth: pd.DataFrame, parameters: SeparatorTrainingParameters) -> Any:
    """Return an HDemucs trained to part voices from bands, each voice over any track's band, at random levels.

    stems : vocals and accompaniment of every track in `truth`, mono; truth : schemas.DemoTruth
    """
    torch.manual_seed(parameters.seed)
    rng = np.random.default_rng(parameters.seed)
    model = HDemucs(**architecture(parameters, stems.sample_rate_hz))
    optimizer = torch.optim.Adam(model.parameters(), lr=parameters.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, parameters.learning_rate, parameters.n_steps)
    bar = trange(parameters.n_steps, desc="train separator", unit="step", mininterval=1.0)
    for _ in bar:
        sources = _batch(stems, truth["track_id"].to_numpy(), parameters, rng)  # (batch, 2, 1, n_samples)
        optimizer.zero_grad()
        loss = functional.l1_loss(model(sources.sum(dim=1)), sources)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.4f}")
    return model.eval()


def architecture(parameters: SeparatorTrainingParameters, sample_rate_hz: int) -> dict[str, object]:
    """Return the arguments of HDemucs: five layers, so that both its branches meet after 4**5 = 1024 samples."""
    return {
        "sources": list(SOURCES), "audio_channels": 1, "channels": parameters.channels, "depth": 5, "nfft": 1024,
        "samplerate": sample_rate_hz, "segment": 8, "norm_starts": 3, "dconv_attn": 3, "dconv_lstm": 3,
    }  # fmt: skip


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


def _batch(
    stems: ShardStore, track_ids: NDArray[np.str_], parameters: SeparatorTrainingParameters, rng: np.random.Generator
) -> Tensor:
    examples = [
        [_source(stems, track_ids, stem, parameters, rng) for stem in SOURCES] for _ in range(parameters.batch_size)
    ]
    return torch.from_numpy(np.stack([np.stack(example) for example in examples])[:, :, None])


def _source(
    stems: ShardStore,
    track_ids: NDArray[np.str_],
    stem: str,
    parameters: SeparatorTrainingParameters,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """One stem of any track: (n_samples,) in [-1, 1], silent now and then."""
    track_id = str(rng.choice(track_ids))
    last_s = stems.duration_s(track_id, stem) - parameters.chunk_s
    samples = stems.read(track_id, stem, float(rng.uniform(0, last_s)), parameters.chunk_s)[0] / np.float32(32768)
    gain = 10 ** (rng.uniform(*LEVELS_DB) / 20) * (rng.random() > 0.05)
    return np.asarray(samples * np.float32(gain))


def _fraction(value: object) -> object:
    if isinstance(value, Fraction):
        return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
    raise TypeError(f"{type(value).__name__} has no place in a model's arguments")
