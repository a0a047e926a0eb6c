"""A small separator of Demucs' own class, trained on the demo's voices and bands.

It is there so that the demo and one's own recordings can be separated on a laptop without a network; the published
Demucs models, trained on real music, are far better on it and are one parameter away.

Mixtures for the training of a separator: voices over bands, both of random colour, at the levels of real mixes.
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

from real_cloned.audio.shard_store import ShardStore
from real_cloned.core.errors import RealClonedError
from real_cloned.parameters.separation import SeparatorTrainingParameters

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


SAME_TRACK = 0.5
"""Share of mixtures whose band is that of the voice's own track, in time and in tune; the rest have any band."""
BAND_DB = 3.0
"""Standard deviation of the band's level around the one that its track has it at."""
COLOUR_DB = 2.0
"""Standard deviation of the gain at each of `COLOURS` frequencies, between which it runs straight."""
COLOURS = 8


class Remixes:
    """An endless supply of mixtures made from `stems` of `track_ids`, all of it drawn from `rng`."""

    def __init__(
        self,
        stems: ShardStore,
        track_ids: NDArray[np.str_],
        parameters: SeparatorTrainingParameters,
        rng: np.random.Generator,
    ):
        self.stems, self.track_ids, self.parameters, self.rng = stems, track_ids, parameters, rng
        self.n_samples = round(parameters.chunk_s * stems.sample_rate_hz)
        self.places = np.linspace(0, 1, self.n_samples // 2 + 1) ** 0.5 * (COLOURS - 1)  # finer at low frequencies

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return vocals and mixture, (batch, 1, n_samples) float32 each, in [-1, 1] but for loud bands."""
        pairs = [self._pair() for _ in range(self.parameters.batch_size)]
        vocals, bands = (torch.from_numpy(np.stack(stem)[:, None]) for stem in zip(*pairs, strict=True))
        return vocals, vocals + bands

    def _pair(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        singer, band = self.rng.choice(self.track_ids, 2)
        offset_s, other_s = self._offset_s(singer), self._offset_s(band)
        if self.rng.random() < SAME_TRACK:
            band, other_s = singer, offset_s
        return self._stem(singer, "vocals", offset_s, 0.0), self._stem(band, "accompaniment", other_s, BAND_DB)

    def _offset_s(self, track_id: str) -> float:
        return float(self.rng.uniform(0, self.stems.duration_s(track_id, "vocals") - self.parameters.chunk_s))

    def _stem(self, track_id: str, stem: str, offset_s: float, level_db: float) -> NDArray[np.float32]:
        samples = self.stems.read(track_id, stem, offset_s, self.parameters.chunk_s)[0] / 32768
        gains_db = self.rng.normal(0, COLOUR_DB, COLOURS) + self.rng.normal(0, level_db)
        gain = 10 ** (np.interp(self.places, np.arange(COLOURS), gains_db) / 20)  # (n_samples // 2 + 1,)
        return np.fft.irfft(np.fft.rfft(samples) * gain, self.n_samples).astype(np.float32)
