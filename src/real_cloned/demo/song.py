"""From plans to audio: voices, bands, mix and clones rendered in batches, every track from its own seeds."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.demo import dsp, effects
from real_cloned.demo.band import Band, synthesize_band
from real_cloned.demo.discography import RandomStream, TrackPlan
from real_cloned.demo.score import Groove, Score, draw_score, stack_scores, vocal_activity
from real_cloned.demo.voice import Voice, synthesize_vocals, vocal_tract_response
from real_cloned.parameters.ingest import DemoParameters


@dataclass(frozen=True)
class Song:
    """One rendered track; its mixture is the sum of its stems.

    Attributes:
        plan: What was rendered.
        vocals: (n_samples,) float32 in [-1, 1].
        accompaniment: (n_samples,) float32 in [-1, 1].
        vocal_activity: (n_steps,) 0 or 1 per 0.1 s, whether the voice sounds.
    """

    plan: TrackPlan
    vocals: NDArray[np.float32]
    accompaniment: NDArray[np.float32]
    vocal_activity: NDArray[np.int8]

    @property
    def mixture(self) -> NDArray[np.float32]:
        """(n_samples,) float32 in [-1, 1]."""
        return self.vocals + self.accompaniment


@dataclass(frozen=True)
class Mix:
    """Settings of the mixes.

    Attributes:
        vocal_db: (batch, 1) level of the vocals above the accompaniment.
        log_response: (batch, n_bins) natural-log magnitudes of the desk.
    """

    vocal_db: Tensor
    log_response: Tensor


def render_tracks(plans: list[TrackPlan], parameters: DemoParameters, scores: list[Score] | None = None) -> list[Song]:
    """Render tracks in one batch.

    Args:
        plans: Tracks of the same duration.
        parameters: The demo; sample rate, seed and spreads are read.
        scores: What each of them is, with a batch axis of 1; None: drawn from the plan.

    Returns:
        The songs in the order of the plans.
    """
    rate = parameters.sample_rate_hz
    bands = Band.stack([draw_band(plan, parameters) for plan in plans])
    scores = scores or [_draw_score(plan, bands.row(row), parameters) for row, plan in enumerate(plans)]
    score = stack_scores(scores)
    noise = torch.stack([_draw_noise(plan, parameters) for plan in plans])  # (batch, n_samples)
    mix = draw_mix(plans, parameters)
    vocals = _render_vocals(plans, parameters, score, noise, mix.log_response)
    vocals = effects.apply_genre_effects(vocals, [plan.genre for plan in plans], noise.flip(-1), rate)
    vocals = vocals / dsp.rms(vocals) * 10 ** (mix.vocal_db / 20)
    accompaniment = synthesize_band(bands, score.arrangement, noise, mix.log_response, rate)
    stems = torch.stack([vocals, accompaniment], dim=1)  # (batch, 2, n_samples)
    stems = 0.8 * stems / stems.sum(dim=1).abs().amax(dim=-1)[:, None, None]
    rendered = zip(plans, stems.clamp(-1, 1).numpy(), scores, strict=True)
    return [Song(plan, pair[0], pair[1], vocal_activity(one.melody)) for plan, pair, one in rendered]


def _render_vocals(
    plans: list[TrackPlan], parameters: DemoParameters, score: Score, noise: Tensor, log_response: Tensor
) -> Tensor:
    """Synthesize the vocals (batch, n_samples); those of clones with the voice and the treatment of their method."""
    rate = parameters.sample_rate_hz
    targets = [draw_voice(plan.singer, plan, parameters) for plan in plans]
    sources = [draw_voice(plan.singer if plan.source is None else plan.source, plan, parameters) for plan in plans]
    voices = [
        _imitate(source, target, plan.clone_method, parameters.clone_blend)
        for plan, target, source in zip(plans, targets, sources, strict=True)
    ]
    vocals = synthesize_vocals(Voice.stack(voices), score.melody, noise, log_response, rate)
    for row, plan in enumerate(plans):
        if plan.clone_method == "envelope":
            change = _mean_envelope(targets[row], rate) - _mean_envelope(sources[row], rate)
            vocals[row] = dsp.apply_filter(vocals[row : row + 1], change.clamp(-3.0, 3.0), rate)[0]
        if plan.clone_method == "vocoder":
            vocals[row] = effects.channel_vocoder(vocals[row : row + 1], rate, n_bands=28, frame_s=0.03)[0]
        if plan.clone_method == "smear":
            vocals[row] = effects.smear(vocals[row : row + 1], rate, frame_s=0.15)[0]
    return vocals


def _imitate(source: Voice, target: Voice, clone_method: str | None, blend: float) -> Voice:
    """Return the voice that sings: the target's own where there is no clone method."""
    if clone_method is None:
        return target
    if clone_method == "envelope":
        return source
    if clone_method == "formants":
        tract = ("tract_scale", "formant_offsets", "bandwidth_offsets")
        return replace(source, **{trait: getattr(target, trait) for trait in tract})
    return source.interpolate(target, blend)


def _mean_envelope(voice: Voice, sample_rate_hz: int) -> Tensor:
    """Return the natural-log magnitudes (1, n_bins) averaged over vowels, with a mean of 0."""
    envelope = vocal_tract_response(voice, sample_rate_hz).mean(dim=1)
    return envelope - envelope.mean()


def draw_voice(singer: int, plan: TrackPlan, parameters: DemoParameters) -> Voice:
    """Return the singer's voice on this album and song; each of the two has half of the variance.

    Args:
        singer: Number of the singer.
        plan: The track.
        parameters: The demo; seed and spreads are read.
    """
    seed = parameters.seed
    voice = Voice.sample(np.random.default_rng([seed, RandomStream.VOICE, singer]), parameters.voice_spread)
    spread = parameters.song_spread * 0.5**0.5
    on_album = voice.perturb(np.random.default_rng([seed, RandomStream.ALBUM, plan.album, singer]), spread)
    return on_album.perturb(np.random.default_rng([seed, RandomStream.SONG, plan.song, singer]), spread)


def draw_band(plan: TrackPlan, parameters: DemoParameters) -> Band:
    """Return the band as it sounds on this album and song.

    Args:
        plan: The track.
        parameters: The demo; seed and spreads are read.
    """
    seed, number = parameters.seed, RandomStream.BAND
    band = Band.sample(np.random.default_rng([seed, RandomStream.BAND, plan.band]), parameters.band_spread)
    spread = 0.2 * parameters.band_spread
    on_album = band.perturb(np.random.default_rng([seed, RandomStream.ALBUM, plan.album, number]), spread)
    return on_album.perturb(np.random.default_rng([seed, RandomStream.SONG, plan.song, number]), spread)


def _draw_score(plan: TrackPlan, band: Band, parameters: DemoParameters) -> Score:
    rng = np.random.default_rng([parameters.seed, RandomStream.SONG, plan.song])
    groove = Groove(band.tempo_bpm.item(), band.swing.item(), band.busyness.item())
    return draw_score(rng, groove, plan.language, plan.duration_s, plan.vocal_share)


def _draw_noise(plan: TrackPlan, parameters: DemoParameters) -> Tensor:
    seed = int(np.random.default_rng([parameters.seed, RandomStream.SONG, plan.song, 1]).integers(2**63))
    return torch.randn(plan.duration_s * parameters.sample_rate_hz, generator=torch.Generator().manual_seed(seed))


def draw_mix(plans: list[TrackPlan], parameters: DemoParameters) -> Mix:
    """Return how voice and band are mixed, by album and singer.

    Args:
        plans: The tracks.
        parameters: The demo; seed and sample rate are read.
    """
    albums = [np.random.default_rng([parameters.seed, RandomStream.ALBUM, plan.album]) for plan in plans]
    singers = [np.random.default_rng([parameters.seed, RandomStream.SINGER, plan.singer, 1]) for plan in plans]
    vocal_db = [singer.normal(5.0, 1.5) + album.normal(0.0, 1.0) for singer, album in zip(singers, albums, strict=True)]
    eq_db = torch.tensor(np.stack([album.normal(0.0, 2.0, 6) for album in albums])).float()  # (batch, 6)
    return Mix(torch.tensor(vocal_db).float()[:, None], dsp.interpolate_response(eq_db, parameters.sample_rate_hz))
