"""Training of a small HDemucs separator on mixtures of the demo's voices and bands.

It separates the demo and one's own recordings on a laptop without a network connection. The published Demucs models,
trained on real music, are far better on real music; `separation.*.separator` names them. Training mixtures are drawn
anew for each batch: voices over bands, both filtered at random, at the levels of real mixes.
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
TRAINING_CORPORA = ("train", "validation")
ERROR_FLOOR = 1e-3
"""Relative error power below which the loss is nearly constant."""

SAME_TRACK = 0.5
"""Share of mixtures whose band is of the voice's own track, in time and in tune; the others have any band."""
BAND_DB = 3.0
"""Standard deviation, in dB, of the band's level around that in its track."""
EQ_DB = 2.0
"""Standard deviation, in dB, of the gain at each of `N_EQ_BANDS` frequencies, interpolated linearly between."""
N_EQ_BANDS = 8


def train_separator(stems: ShardStore, truth: pd.DataFrame, parameters: SeparatorTrainingParameters) -> Any:
    """Return an HDemucs trained on mixtures of voices and bands, of one track or of two, filtered at random.

    Only tracks of the corpora for pretraining are used, so that the singers and bands that are identified later are
    new to the separator.

    Args:
        stems: Vocals and accompaniment of every track in `truth`, mono.
        truth: `schemas.corpora.DemoTruth`.
        parameters: Size of the network, and of its training.

    Raises:
        RealClonedError: When the demo has no track of these corpora.
    """
    torch.manual_seed(parameters.seed)
    track_ids = truth.loc[truth["corpus"].isin(TRAINING_CORPORA), "track_id"]
    if track_ids.empty:
        raise RealClonedError(
            f"the demo's truth holds no track of {' or '.join(TRAINING_CORPORA)}, only of "
            f"{', '.join(truth['corpus'].unique())}: set demo.n_singers so that it does"
        )
    mixtures = TrainingMixtures(stems, track_ids.to_numpy(), parameters, np.random.default_rng(parameters.seed))
    model = HDemucs(**hdemucs_arguments(parameters, stems.sample_rate_hz))
    optimizer = torch.optim.AdamW(model.parameters(), lr=parameters.learning_rate, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, parameters.learning_rate, parameters.n_steps, pct_start=0.1, cycle_momentum=False
    )
    bar = trange(parameters.n_steps, desc="train separator", unit="step", mininterval=1.0)
    for _ in bar:
        vocals, mixture = mixtures.batch()  # (batch, 1, n_samples) each
        optimizer.zero_grad()
        loss = error_db(model(mixture)[:, 0], vocals, mixture)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        bar.set_postfix(loss=f"{loss.item():.1f} dB", refresh=False)
    return model.eval()


class TrainingMixtures:
    """Draws batches of vocals and mixtures.

    Args:
        stems: Vocals and accompaniment of each track, mono.
        track_ids: Tracks to draw from.
        parameters: batch_size and chunk_s are read.
        rng: Source of all random numbers.
    """

    def __init__(
        self,
        stems: ShardStore,
        track_ids: NDArray[np.str_],
        parameters: SeparatorTrainingParameters,
        rng: np.random.Generator,
    ):
        self.stems, self.track_ids, self.parameters, self.rng = stems, track_ids, parameters, rng
        self.n_samples = round(parameters.chunk_s * stems.sample_rate_hz)
        self.control_positions = np.linspace(0, 1, self.n_samples // 2 + 1) ** 0.5 * (
            N_EQ_BANDS - 1
        )  # finer at low frequencies

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return vocals and mixture, (batch, 1, n_samples) float32 each, in [-1, 1] except for loud bands."""
        pairs = [self._pair() for _ in range(self.parameters.batch_size)]
        vocals, bands = (torch.from_numpy(np.stack(stem)[:, None]) for stem in zip(*pairs, strict=True))
        return vocals, vocals + bands

    def _pair(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        singer, band = self.rng.choice(self.track_ids, 2)
        offset_s, band_offset_s = self._offset_s(singer), self._offset_s(band)
        if self.rng.random() < SAME_TRACK:
            band, band_offset_s = singer, offset_s
        return self._stem(singer, "vocals", offset_s, 0.0), self._stem(band, "accompaniment", band_offset_s, BAND_DB)

    def _offset_s(self, track_id: str) -> float:
        return float(self.rng.uniform(0, self.stems.duration_s(track_id, "vocals") - self.parameters.chunk_s))

    def _stem(self, track_id: str, stem: str, offset_s: float, level_db: float) -> NDArray[np.float32]:
        samples = self.stems.read(track_id, stem, offset_s, self.parameters.chunk_s)[0] / 32768
        gains_db = self.rng.normal(0, EQ_DB, N_EQ_BANDS) + self.rng.normal(0, level_db)
        gain = 10 ** (np.interp(self.control_positions, np.arange(N_EQ_BANDS), gains_db) / 20)  # (n_samples // 2 + 1,)
        return np.fft.irfft(np.fft.rfft(samples) * gain, self.n_samples).astype(np.float32)


def hdemucs_arguments(parameters: SeparatorTrainingParameters, sample_rate_hz: int) -> dict[str, object]:
    """Return the keyword arguments of HDemucs.

    Only the spectrogram branch is used: the waveform branch takes half the time again and gains nothing here. Four
    layers reduce 512 frequencies to one, the fifth convolves over time; LSTMs in the last two model how a note moves,
    which distinguishes a voice from a chord of the same timbre.

    Args:
        parameters: `channels` is read.
        sample_rate_hz: Sample rate of the audio, in hertz.
    """
    return {
        "sources": list(SOURCES), "audio_channels": 1, "channels": parameters.channels, "depth": 5, "nfft": 1024,
        "hybrid": False, "samplerate": sample_rate_hz, "segment": 8, "norm_starts": 4, "dconv_depth": 1,
        "dconv_comp": 2, "dconv_attn": 5, "dconv_lstm": 3,
    }  # fmt: skip


def error_db(estimate: Tensor, vocals: Tensor, mixture: Tensor) -> Tensor:
    """Return the mean over the batch of the error's power relative to the mixture's, in decibels.

    In decibels quiet and loud examples have the same weight, as in the evaluation.

    Args:
        estimate: Estimated vocals, (batch, 1, n_samples).
        vocals: True vocals, (batch, 1, n_samples).
        mixture: Mixture, (batch, 1, n_samples).
    """
    error = (estimate - vocals).square().mean(dim=2)
    return (10 * torch.log10(error / (mixture.square().mean(dim=2) + 1e-7) + ERROR_FLOOR)).mean()


def save_separator(model: Any, path: Path | str) -> None:
    """Write a model in half precision, in the format of `demucs.hf.load_safetensors_model`.

    Args:
        model: An HDemucs.
        path: The .safetensors file to write.
    """
    args, kwargs = model._init_args_kwargs
    metadata = {
        "klass": "demucs.hdemucs.HDemucs",
        "args": json.dumps(args),
        "kwargs": json.dumps(kwargs, default=_fraction),
    }
    tensors = {name: tensor.detach().half().contiguous() for name, tensor in model.state_dict().items()}
    save_file(tensors, str(path), metadata)


def scale_invariant_sdr(estimate: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Return the scale-invariant signal-to-distortion ratio, in decibels.

    Source: Le Roux et al., "SDR: half-baked or well done?", ICASSP 2019.

    Args:
        estimate: (n_samples,).
        truth: (n_samples,).
    """
    scaled = truth * (estimate @ truth) / (truth @ truth)
    return float(10 * np.log10((scaled @ scaled) / ((estimate - scaled) @ (estimate - scaled))))


def _fraction(value: object) -> object:
    if isinstance(value, Fraction):
        return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
    raise TypeError(f"{type(value).__name__} cannot be saved among a model's arguments")
