"""Checks across parameter models: unknown names, and models that do not agree with each other."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from real_cloned.core.suggestions import suggest_names
from real_cloned.parameters.covers import CoverEncoderParameters, ProfileParameters, SiameseParameters
from real_cloned.parameters.groups import ENTRIES, OWN_ENVIRONMENT, SESSION, find_model_faults
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters
from real_cloned.parameters.pretrain import PretrainParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.session import RENAMED_GROUPS
from real_cloned.parameters.variants import LstmVariantParameters, MfccParameters, Variant, VariantParameters


def validate_parameters(parameters: Mapping[str, Any], node_parameters: Collection[str]) -> list[str]:
    """Return a sentence for each fault of the parameters of a run; an empty list when there is none.

    Args:
        parameters: By name, as the catalog has them: models, and mappings of models by corpus or variant.
        node_parameters: Names of all parameters that nodes take as inputs, such as `audio` and `pretrain.vocal`.
    """
    models = {name: value for name, value in _flatten(parameters) if name in node_parameters}
    return [
        *_unknown_names(parameters, node_parameters),
        *_invalid_entries(models),
        *_misnamed_entries(models),
        *_unfit_spectrograms(models),
        *_unfit_profiles(models),
        *_unknown_class_counts(models),
    ]


def _flatten(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        yield str(name), value
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", model) for inner, model in value.items())


def _unknown_names(parameters: Mapping[str, Any], node_parameters: Collection[str]) -> list[str]:
    """Return what is wrong with names: a typing error would otherwise leave the default in force."""
    groups = {name.split(".")[0] for name in node_parameters}
    known = {*groups, *SESSION, *(OWN_ENVIRONMENT if _is_own_environment(parameters) else ())}
    names = [str(name) for name in parameters if not str(name).startswith("_")]
    unknown = [name for name in names if name not in known]
    for group in names:
        if group in groups and group not in node_parameters and isinstance(parameters[group], Mapping):
            unknown += [f"{group}.{name}" for name in parameters[group] if f"{group}.{name}" not in node_parameters]
    return [_unknown_name(name, node_parameters) for name in unknown]


def _is_own_environment(parameters: Mapping[str, Any]) -> bool:
    """Tell whether conf/own was read: what a command line alone gives lacks the name that stands there."""
    own = parameters.get("own")
    return isinstance(own, Mapping) and "name" in own


def _unknown_name(name: str, node_parameters: Collection[str]) -> str:
    if name in RENAMED_GROUPS:
        return RENAMED_GROUPS[name]
    if name in OWN_ENVIRONMENT:
        return f"`{name}` is a parameter of the environment `own`, which is not the one of this run: add --env=own"
    group, _, inner = name.partition(".")
    groups = {known.split(".")[0] for known in node_parameters} | set(SESSION)
    siblings = {known for known in node_parameters if known.startswith(f"{group}.")} if inner else groups
    return f"`{name}` is no parameter of this environment{suggest_names(name, siblings)}"


def _invalid_entries(models: Mapping[str, Any]) -> Iterator[str]:
    for key, entry in models.items():
        model = ENTRIES.get(key.partition(".")[0])
        if model is not None and isinstance(entry, Mapping) and "." in key:
            yield from find_model_faults(key, model, entry)


def _misnamed_entries(models: Mapping[str, Any]) -> list[str]:
    names = {key: getattr(model, "name", None) for key, model in models.items()}
    return [
        f"{key}.name is `{name}`, and must be `{key.split('.')[-1]}`: the name under which it stands"
        for key, name in names.items()
        if name is not None and name != key.split(".")[-1]
    ]


def _unfit_spectrograms(models: Mapping[str, Any]) -> list[str]:
    """Return where a variant's spectrogram does not fit the audio that it is computed from."""
    audio = models.get("audio")
    if not isinstance(audio, AudioParameters):
        return []
    variants = {key: model.root for key, model in models.items() if isinstance(model, VariantParameters)}
    return [f"{key}.{fault}" for key, variant in variants.items() for fault in _spectrogram_faults(variant, audio)]


def _spectrogram_faults(variant: Variant, audio: AudioParameters) -> Iterator[str]:
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
    crop_s = getattr(variant, "crop_s", None)
    if crop_s is not None and not log_mel.n_fft / audio.sample_rate_hz < crop_s <= audio.segment_s:
        yield f"crop_s: {crop_s:g} s is more than a segment, or less than a window of n_fft {log_mel.n_fft}: {length}"
    if isinstance(variant, LstmVariantParameters):
        window = variant.network.window_frames * log_mel.hop_length
        if window > audio.segment_samples:
            yield f"network.window_frames: {variant.network.window_frames} frames are too long: {length}"


def _unfit_profiles(models: Mapping[str, Any]) -> list[str]:
    """Return where the convolutions of version identification are longer than a profile."""
    profiles = models.get("cover_profiles")
    if not isinstance(profiles, ProfileParameters):
        return []
    networks = {key: one for key, one in models.items() if isinstance(one, SiameseParameters | CoverEncoderParameters)}
    return [
        f"{key}.trunk: its convolutions need {network.trunk.n_frames} frames, and cover_profiles.n_frames is "
        f"{profiles.n_frames}: set smaller kernel_frames or dilations, or more frames"
        for key, network in networks.items()
        if network.trunk.n_frames > profiles.n_frames
    ]


def _unknown_class_counts(models: Mapping[str, Any]) -> list[str]:
    """Return where class counts are given for a corpus that is not there, or that no probe is trained on."""
    probe, corpora = models.get("probe"), [model for model in models.values() if isinstance(model, CorpusParameters)]
    if not isinstance(probe, ProbeParameters) or not corpora:
        return []
    probed = [corpus.name for corpus in corpora if corpus.split in ("probe", "clone")]
    return [
        f"probe.n_singers.{name}: there is no such corpus to probe; there are {', '.join(probed)}"
        for name in probe.n_singers
        if name not in probed
    ]
