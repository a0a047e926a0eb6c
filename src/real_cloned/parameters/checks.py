"""What no single parameter model can see: names that nobody asks for, and models that do not agree with each other."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import PretrainParameters
from real_cloned.parameters.session import RENAMED_GROUPS
from real_cloned.parameters.variants import LstmVariantParameters, MfccParameters, VariantParameters

SWITCHES = frozenset({"own", "pretrain_on", "separator"})
"""What other parameters are made of in the environment that has all three (conf/own/parameters.yml)."""

SESSIONS = frozenset({"incremental", "deterministic"})
"""What the session reads, and no node."""


def validate_parameters(parameters: Mapping[str, Any], asked: Collection[str]) -> list[str]:
    """Return a sentence for each fault of the parameters of a run, none where all is well.

    parameters : by name, as the catalog has them: models, and mappings of models by corpus or variant
    asked : names of all parameters that nodes ask for, such as `audio` and `pretrain.vocal`
    """
    models = {name: value for name, value in _flat(parameters) if name in asked}
    return [*_unknown(parameters, asked), *_misnamed(models), *_at_odds(models)]


def _flat(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        yield str(name), value
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", model) for inner, model in value.items())


def _unknown(parameters: Mapping[str, Any], asked: Collection[str]) -> list[str]:
    """Return what is wrong with names: a slip of the keyboard would otherwise leave the default in force."""
    tops = {name.split(".")[0] for name in asked}
    spare = SWITCHES if set(parameters) >= SWITCHES else frozenset()
    names = [str(name) for name in parameters if not str(name).startswith("_")]
    wrong = [name for name in names if name not in tops | spare | SESSIONS]
    groups = [name for name in names if name in tops and name not in asked and isinstance(parameters[name], Mapping)]
    wrong += [f"{top}.{name}" for top in groups for name in parameters[top] if f"{top}.{name}" not in asked]
    return [
        RENAMED_GROUPS.get(name, f"`{name}` is no parameter of this environment; there are {_siblings(name, asked)}")
        for name in wrong
    ]


def _siblings(name: str, asked: Collection[str]) -> str:
    top, _, inner = name.partition(".")
    tops = {one.split(".")[0] for one in asked} | SESSIONS
    there = {one for one in asked if one.startswith(f"{top}.")} if inner else tops
    return ", ".join(sorted(there))


def _misnamed(models: Mapping[str, Any]) -> list[str]:
    named = {name: getattr(model, "name", None) for name, model in models.items()}
    return [
        f"{place}.name is `{name}`, and must be `{place.split('.')[-1]}`: the name under which it stands"
        for place, name in named.items()
        if name is not None and name != place.split(".")[-1]
    ]


def _at_odds(models: Mapping[str, Any]) -> list[str]:
    """Return where a variant's spectrogram does not fit the audio that it is made of."""
    audio = models.get("audio")
    if not isinstance(audio, AudioParameters):
        return []
    found = []
    for place, model in models.items():
        if isinstance(model, VariantParameters):
            found += [f"{place}.{fault}" for fault in _spectrogram_faults(model.root, audio)]
    return found


def _spectrogram_faults(variant: Any, audio: AudioParameters) -> Iterator[str]:
    log_mel: Any = variant if isinstance(variant, MfccParameters) else getattr(variant, "log_mel", None)
    if log_mel is None:
        return
    length = f"a segment of audio.segment_s = {audio.segment_s:g} has {audio.segment_samples} samples"
    n_frames = audio.segment_samples // log_mel.hop_length
    if getattr(log_mel, "sample_rate_hz", audio.sample_rate_hz) != audio.sample_rate_hz:
        yield f"log_mel.sample_rate_hz is {log_mel.sample_rate_hz}, and audio.sample_rate_hz {audio.sample_rate_hz}"
    if log_mel.n_fft // 2 >= audio.segment_samples or not n_frames:
        yield f"log_mel: n_fft {log_mel.n_fft} and hop_length {log_mel.hop_length} are too long: {length}"
    if isinstance(variant, PretrainParameters) and variant.architecture.patch_size[1] > n_frames:
        yield f"architecture.patch_size: {variant.architecture.patch_size[1]} frames are too long: {length}"
    if isinstance(variant, LstmVariantParameters):
        window = variant.network.window_frames * log_mel.hop_length
        if window > audio.segment_samples:
            yield f"network.window_frames: {variant.network.window_frames} frames are too long: {length}"
