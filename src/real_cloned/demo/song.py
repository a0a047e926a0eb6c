"""From plans to sound: voices, bands, studio and clones rendered in batches, every track from its own seeds."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.demo import dsp, effects
from real_cloned.demo.band import Band, play
from real_cloned.demo.catalogue import ALBUM, PEOPLE, SONG, TrackPlan
from real_cloned.demo.score import Groove, Score, draw_score, stack_scores, vocal_activity
from real_cloned.demo.voice import Voice, sing, vowel_responses
from real_cloned.parameters.ingest import DemoParameters

VOICE, BAND = 10, 11


@dataclass(frozen=True)
class Song:
    """One rendered track. stems : (n_samples,) float32 in [-1, 1], of which the mixture is the sum."""

    plan: TrackPlan
    vocals: NDArray[np.float32]
    accompaniment: NDArray[np.float32]
    vocal_activity: NDArray[np.int8]

    @property
    def mixture(self) -> NDArray[np.float32]:
        """(n_samples,) float32 in [-1, 1]."""
        return self.vocals + self.accompaniment


@dataclass(frozen=True)
class _Studio:
    """The draws that belong to one mix; every field (batch, ...)."""

    vocal_db: Tensor
    colour: Tensor


def render(plans: list[TrackPlan], parameters: DemoParameters) -> list[Song]:
    """Return the songs of `plans`, which are all of one duration, made in one batch."""
    rate = parameters.sample_rate_hz
    bands = Band.stack([_band(plan, parameters) for plan in plans])
    scores = [_score(plan, band, parameters) for plan, band in zip(plans, _rows(bands, len(plans)), strict=True)]
    score = stack_scores(scores)
    noise = torch.stack([_noise(plan, parameters) for plan in plans])  # (batch, n_samples)
    studio = _studio(plans, parameters)
    vocals = _vocals(plans, parameters, score, noise, studio.colour)
    vocals = effects.with_genre(vocals, [plan.genre for plan in plans], noise.flip(-1), rate)
    vocals = vocals / dsp.level(vocals) * 10 ** (studio.vocal_db / 20)
    stems = torch.stack([vocals, play(bands, score.arrangement, noise, studio.colour, rate)], dim=1)
    stems = 0.8 * stems / stems.sum(dim=1).abs().amax(dim=-1)[:, None, None]
    rendered = zip(plans, stems.clamp(-1, 1).numpy(), scores, strict=True)
    return [Song(plan, pair[0], pair[1], vocal_activity(one.melody)) for plan, pair, one in rendered]


def _vocals(plans: list[TrackPlan], parameters: DemoParameters, score: Score, noise: Tensor, colour: Tensor) -> Tensor:
    """Sing every plan; clones with the voice, then the treatment, of their method."""
    rate = parameters.sample_rate_hz
    voices = [_voice(plan.singer, plan, parameters) for plan in plans]
    sources = [_voice(plan.singer if plan.source is None else plan.source, plan, parameters) for plan in plans]
    sung = {"blend": parameters.clone_blend, "vocoder": parameters.clone_blend, "envelope": 0.0, None: 1.0}
    heard = [
        source.blended(voice, sung[plan.clone_method])
        for plan, voice, source in zip(plans, voices, sources, strict=True)
    ]
    vocals = sing(Voice.stack(heard), score.melody, noise, colour, rate)
    for row, plan in enumerate(plans):
        if plan.clone_method == "envelope":
            change = _mean_envelope(voices[row], rate) - _mean_envelope(sources[row], rate)
            vocals[row] = dsp.filtered(vocals[row : row + 1], change.clamp(-3.0, 3.0), rate)[0]
        if plan.clone_method == "vocoder":
            vocals[row] = effects.vocoded(vocals[row : row + 1], rate, n_bands=28, frame_s=0.03)[0]
    return vocals


def _mean_envelope(voice: Voice, sample_rate_hz: int) -> Tensor:
    """Natural-log magnitudes (1, n_bins), averaged over vowels."""
    envelope = vowel_responses(voice, sample_rate_hz).mean(dim=1)
    return envelope - envelope.mean()


def _voice(singer: int, plan: TrackPlan, parameters: DemoParameters) -> Voice:
    """The singer's voice as it is on this album and this song, half of the change being the album's."""
    own = Voice.draw(np.random.default_rng([parameters.seed, VOICE, singer]), parameters.voice_spread)
    spread = parameters.song_spread * 0.5**0.5
    album = own.varied(np.random.default_rng([parameters.seed, ALBUM, plan.album, singer]), spread)
    return album.varied(np.random.default_rng([parameters.seed, SONG, plan.song, singer]), spread)


def _band(plan: TrackPlan, parameters: DemoParameters) -> Band:
    own = Band.draw(np.random.default_rng([parameters.seed, BAND, plan.band]), parameters.band_spread)
    spread = 0.2 * parameters.band_spread
    album = own.varied(np.random.default_rng([parameters.seed, ALBUM, plan.album, BAND]), spread)
    return album.varied(np.random.default_rng([parameters.seed, SONG, plan.song, BAND]), spread)


def _score(plan: TrackPlan, band: Band, parameters: DemoParameters) -> Score:
    rng = np.random.default_rng([parameters.seed, SONG, plan.song])
    groove = Groove(band.tempo_bpm.item(), band.swing.item(), band.busy.item())
    return draw_score(rng, groove, plan.language, plan.duration_s, plan.vocal_share)


def _noise(plan: TrackPlan, parameters: DemoParameters) -> Tensor:
    seed = int(np.random.default_rng([parameters.seed, SONG, plan.song, 1]).integers(2**63))
    return torch.randn(plan.duration_s * parameters.sample_rate_hz, generator=torch.Generator().manual_seed(seed))


def _studio(plans: list[TrackPlan], parameters: DemoParameters) -> _Studio:
    draws = [np.random.default_rng([parameters.seed, ALBUM, plan.album]) for plan in plans]
    singers = [np.random.default_rng([parameters.seed, PEOPLE, plan.singer, 1]) for plan in plans]
    levels = [singer.normal(5.0, 1.5) + draw.normal(0.0, 1.0) for singer, draw in zip(singers, draws, strict=True)]
    colour = torch.tensor(np.stack([draw.normal(0.0, 2.0, 6) for draw in draws])).float()
    return _Studio(torch.tensor(levels).float()[:, None], dsp.smooth_response(colour, parameters.sample_rate_hz))


def _rows(bands: Band, n_rows: int) -> list[Band]:
    return [Band(**{name: getattr(bands, name)[row : row + 1] for name in Band.POPULATION}) for row in range(n_rows)]
