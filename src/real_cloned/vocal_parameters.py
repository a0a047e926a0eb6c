"""Parameters of the vocal filter and of separation, and of the two models that ship for them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from real_cloned.parameters import Count, Decibels, LearningRate, Parameters, Seconds, Seed, Share, Text


class VocalFilterParameters(Parameters):
    """How windows are told to hold singing (paper, section 3.1: a detector labels windows of 3 s)."""

    window_s: Annotated[Seconds, Field(ge=0.1)]
    threshold: Share
    """A window holds singing from this probability on."""
    method: Literal["detector", "energy"]
    """`detector`: the trained network. `energy`: how loud the separated vocals are in the mixture; slower."""
    detector: Text
    """`shipped` for the detector that comes with the package, or the path of a .safetensors file with another."""
    separator: Text
    """Of the method `energy`: a separator as under `separation`, but `reference`."""
    energy_midpoint_db: Decibels
    """Of the method `energy`: level of the separated vocals against the mixture at which singing is as likely as not.
    It belongs to the separator: `python -m benchmarks.energy_midpoint` finds it."""
    energy_slope_db: Annotated[float, Field(ge=0.01, le=200.0)]
    """Of the method `energy`: decibels above the midpoint at which the odds are e to 1."""

    @model_validator(mode="after")
    def _separates_anything(self) -> "VocalFilterParameters":
        if self.separator == "reference":
            raise ValueError("separator: `reference` knows no blocks of tracks; name `small` or a Demucs model")
        return self


class DetectorTrainingParameters(Parameters):
    """The vocal detector that ships with the package: a small network over windows of log-mel."""

    corpora: Annotated[list[Text], Field(min_length=1)]
    """Corpora of the demo whose singers and bands it learns from; the others remain for trying it."""
    window_s: Annotated[Seconds, Field(ge=0.1)]
    n_mels: Annotated[int, Field(ge=8, le=1024, multiple_of=8)]
    n_distractors: Count
    """Instrumental parts drawn beside the demo's bands."""
    n_steps: Count
    batch_size: Count
    learning_rate: LearningRate
    seed: Seed


class SeparationParameters(Parameters):
    """How vocals are separated (paper: Demucs; authors' code: mdx_extra)."""

    separator: Text
    """A Demucs model by name (`htdemucs`, `mdx_extra`, ...), the path of a .safetensors file, `small` for the one that
    ships with the package, or `reference`: the demo's ground-truth stems."""
    accompaniment: Literal["none", "test", "all"]
    """Which tracks keep their accompaniment beside the vocals."""
    overlap: Annotated[float, Field(ge=0.0, le=0.5)] = 0.25
    """Share of a chunk that the next one covers too (Demucs: 0.25)."""
    chunk_s: Annotated[Seconds, Field(ge=0.5)] | None = 10.0
    """Seconds that go through the model at once, where its own segment is not shorter; null: always its own. That of
    mdx_extra, 44 s, takes 7 GB of memory, and longer per second of audio."""
    batch_size: Annotated[int, Field(ge=0, le=10**4)] = 0
    """Chunks that go through the model at once; 0: 1 on a CPU, where more are slower, and 8 on a GPU."""
    n_jobs: Literal[-1] | Annotated[int, Field(ge=1, le=1024)] = 1
    """Processes that share the tracks on a CPU, each with a model of its own (-1: one per core). A small model is
    faster so; a large one uses all cores by itself, and takes gigabytes in each. On a GPU there is always one."""


class SeparatorTrainingParameters(Parameters):
    """The small separator that ships with the package: an HDemucs trained on the demo's stems."""

    channels: Annotated[int, Field(ge=4, le=1024, multiple_of=4)]
    chunk_s: Annotated[Seconds, Field(ge=0.5)]
    n_steps: Count
    batch_size: Count
    learning_rate: LearningRate
    seed: Seed
