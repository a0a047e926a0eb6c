"""One frozen model per kind of parameter: what may be set, in which unit, and where the value comes from.

Kedro builds these from `conf/*/parameters/` before any node runs, so that a wrong value stops the run with a message
that names it. Times are in seconds, frequencies in hertz; samples and frames are computed here, once.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=1)]
Stem = Literal["mixture", "vocals", "accompaniment"]


class Parameters(BaseModel):
    """Base of all parameter models: immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AudioParameters(Parameters):
    """How audio is kept, and how long a segment is (paper, section 3.2)."""

    sample_rate_hz: Count
    n_channels: Literal[1, 2]
    segment_s: Positive

    @property
    def segment_samples(self) -> int:
        """Samples per channel in one segment."""
        return round(self.segment_s * self.sample_rate_hz)


class DemoParameters(Parameters):
    """The synthetic corpus: how many singers, how alike they are, how they are cloned."""

    root: str
    seed: int
    sample_rate_hz: Count
    n_singers: dict[Literal["train", "validation", "closed", "fma", "mtg"], Annotated[int, Field(ge=0)]]
    tracks_per_singer: tuple[Count, Count]
    duration_s: tuple[Count, Count]
    n_cloned_singers: Annotated[int, Field(ge=0)]
    n_clones_per_singer: Annotated[int, Field(ge=0)]
    voice_spread: Positive
    """How far singers lie from the average voice; 1 is the spread of the founding trial. Smaller is harder."""
    song_spread: Annotated[float, Field(ge=0)]
    """How far one singer's voice moves from song to song, in the same unit."""
    band_spread: Positive
    """How far bands lie from the average band."""
    band_loyalty: Share
    """Share of tracks on which a singer sings with the own band; another singer's band plays on the rest."""
    clone_blend: Share
    """Weight of the target's voice in a clone; the rest is the source singer's."""


Amount = Annotated[int, Field(ge=0)] | Share
"""A whole number counts, a fraction is a share: 1 is one, 1.0 is all."""


class CatalogueDraw(Parameters):
    """How one catalogue serves as closed, validation and train corpus at once (paper, section 3.1)."""

    closed: Amount
    """Singers to be identified, drawn from those with at least `min_tracks` tracks (paper: 7500)."""
    validation: Amount
    """Singers to validate the encoders on, drawn from the rest (paper: 4096); all others train."""
    min_tracks: Count


class CorpusParameters(Parameters):
    """One corpus: where it lies, how it is read, which of its tracks and singers are kept (paper, section 3.1)."""

    name: str
    source: Literal["manifest", "folder", "own", "fma", "mtg_jamendo", "ctrsvdd"] = "own"
    root: str | None
    """Folder that holds the corpus, here or on any file system that fsspec knows (`s3://bucket/music`); null: the
    corpus is not there, and every stage passes on an empty table."""
    metadata: str | None = None
    """The table to read, relative to the root, where the source has several: a TSV of MTG-Jamendo, another manifest."""
    path_column: str = "path"
    singer_column: str = "singer_id"
    part: Literal["all", "real", "clones", "closed", "validation", "train"] = "all"
    """Which tracks of the source are the corpus: its real ones or its clones, or the part of `draw` that is named."""
    draw: CatalogueDraw | None = None
    published_splits: str | None = None
    """Folder `splits` of the paper's release: roles and segments then come from it (sources fma and mtg_jamendo)."""
    split: Literal["train", "validation", "probe", "clone"]
    """What the tracks are for: pretraining, its validation, probing (one test and one validation track per singer), or
    clones to be named."""
    split_by: Literal["track", "album"] = "track"
    """`track`: test and validation tracks at random (paper); `album`: from albums of which no track trains."""
    min_tracks_per_singer: Count = 1
    min_vocal_share: Share = 0.0
    seed: int = 0

    @model_validator(mode="after")
    def _parts_are_drawn(self) -> "CorpusParameters":
        if (self.draw is not None) != (self.part in ("closed", "validation", "train")):
            raise ValueError(
                f"corpus {self.name}: `draw` and a `part` of closed, validation or train belong together, "
                f"got part {self.part} and draw {self.draw}"
            )
        return self


class VocalFilterParameters(Parameters):
    """How windows are told to hold singing (paper, section 3.1: a detector labels windows of 3 s)."""

    window_s: Positive
    threshold: Share
    """A window holds singing from this probability on."""
    method: Literal["detector", "energy"]
    """`detector`: the trained network. `energy`: how loud the separated vocals are in the mixture; slower."""
    detector: str
    """`shipped` for the detector that comes with the package, or the path of a .safetensors file with another."""
    separator: str
    """Of the method `energy`: a separator as under `separation`, but `reference`."""
    energy_midpoint_db: float
    """Of the method `energy`: level of the separated vocals against the mixture at which singing is as likely as not.
    It belongs to the separator: `python -m benchmarks.energy_midpoint` finds it."""
    energy_slope_db: Positive
    """Of the method `energy`: decibels above the midpoint at which the odds are e to 1."""

    @model_validator(mode="after")
    def _separates_anything(self) -> "VocalFilterParameters":
        if self.separator == "reference":
            raise ValueError("separator: `reference` knows no blocks of tracks; name `small` or a Demucs model")
        return self


class DetectorTrainingParameters(Parameters):
    """The vocal detector that ships with the package: a small network over windows of log-mel."""

    corpora: list[str]
    """Corpora of the demo whose singers and bands it learns from; the others remain for trying it."""
    window_s: Positive
    n_mels: Annotated[int, Field(ge=8, multiple_of=8)]
    n_distractors: Count
    """Instrumental parts drawn beside the demo's bands."""
    n_steps: Count
    batch_size: Count
    learning_rate: Positive
    seed: int


class SeparationParameters(Parameters):
    """How vocals are separated (paper: Demucs; authors' code: mdx_extra)."""

    separator: str
    """A Demucs model by name (`htdemucs`, `mdx_extra`, ...), the path of a .safetensors file, `small` for the one that
    ships with the package, or `reference`: the demo's ground-truth stems."""
    accompaniment: Literal["none", "test", "all"]
    """Which tracks keep their accompaniment beside the vocals."""
    overlap: Annotated[float, Field(ge=0.0, le=0.5)] = 0.25
    """Share of a chunk that the next one covers too (Demucs: 0.25)."""
    chunk_s: Positive | None = 10.0
    """Seconds that go through the model at once, where its own segment is not shorter; null: always its own. That of
    mdx_extra, 44 s, takes 7 GB of memory, and longer per second of audio."""
    batch_size: Annotated[int, Field(ge=0)] = 0
    """Chunks that go through the model at once; 0: 1 on a CPU, where more are slower, and 8 on a GPU."""
    n_jobs: int = 1
    """Processes that share the tracks on a CPU, each with a model of its own (-1: one per core). A small model is
    faster so; a large one uses all cores by itself, and takes gigabytes in each. On a GPU there is always one."""


class SeparatorTrainingParameters(Parameters):
    """The small separator that ships with the package: an HDemucs trained on the demo's stems."""

    channels: Count
    chunk_s: Positive
    n_steps: Count
    batch_size: Count
    learning_rate: Positive
    seed: int


class LogMelParameters(Parameters):
    """Log-mel spectrogram (paper, section 3.2: FFT 800, hop 400, 128 mels, at 16 kHz)."""

    sample_rate_hz: Count
    n_fft: Count
    hop_length: Count
    n_mels: Count
    floor: Positive = 1e-10
    """Added to the power before the logarithm (authors: 1e-10)."""
    centre: float = 0.0
    scale: Positive = 1.0
    """The spectrogram is (log-mel - centre) / scale. Authors: as it is; AST normalises by its data's statistics."""


class ArchitectureParameters(Parameters):
    """The encoder (paper: the small AST = ViT-S/16 without overlap, then 2048) and its projector."""

    patch_size: tuple[Count, Count]
    """Mel bins and frames of one patch (paper: 16 x 16)."""
    width: Count
    depth: Count
    n_heads: Count
    embedding_size: Count
    projector_sizes: list[Count]


class MixParameters(Parameters):
    """Mashups: each segment is laid over the accompaniment of another singer's track (docs/fidelity.md)."""

    voice_db: tuple[float, float]
    """How much louder than the accompaniment the voice is, in dB of their mean powers, drawn between these."""
    voice_eq_db: Annotated[float, Field(ge=0.0)] = 0.0
    """A smooth random equaliser of the voice alone: its gains lie within so many dB of none."""
    bare_share: Share = 0.0
    """Share of segments that stay without accompaniment."""


class AugmentParameters(Parameters):
    """Random changes of a segment's sound, made on the device that trains."""

    eq_db: Annotated[float, Field(ge=0.0)] = 0.0
    """A smooth random equaliser: its gains lie within so many dB of none."""
    noise_db: tuple[float, float] | None = None
    """White noise, so many dB above the segment's mean power (so mostly negative), drawn between these; null: none."""
    dry_share: Share = 0.0
    """Share of segments that no equaliser and no noise touches."""


class PretrainParameters(Parameters):
    """One variant: what its encoder is trained on, and how (paper, section 3.2)."""

    family: Literal["transformer"] = "transformer"
    """Other families of encoder have parameters of their own (`variant_parameters`)."""
    name: str
    trained: bool = True
    """False: the variant is not there, and every stage passes on empty tables."""
    train_stems: list[Stem]
    """Each side of a pair is drawn from one of these at random: the paper's Hybrid lists mixture and vocals."""
    inference_stem: Stem
    """What the trained encoder is given to embed."""
    sampling: Literal["singer", "track"] = "singer"
    """A pair is two segments of different tracks of one singer (paper), or different segments of one track, which
    is the baseline of earlier work (CLMR)."""
    replacement: bool = False
    """Singers are drawn with replacement (authors' code): one can come twice in a batch, as its own negative. Else all
    are different while there are enough, and where there are not, a singer's other pairs are no negatives."""
    mix: MixParameters | None = None
    """What is drawn from `train_stems` is mixed with accompaniment of another singer; null: it is heard as it is."""
    augment: AugmentParameters | None = None
    devices: Count = 1
    """GPUs that share each batch, or processes where there is no GPU."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`bfloat16` keeps weights and log-mel in float32; auto: bfloat16 where the hardware computes with it."""
    compile: Literal["auto", "always", "never"] = "auto"
    """Whether torch compiles the encoder first, a minute's work; auto: on a GPU. A CPU needs a C++ compiler for it, and
    is about a tenth faster with the paper's encoder (docs/benchmarks.md)."""
    resident: Literal["auto", "always", "never"] = "auto"
    """Whether all segments lie in the GPU's memory while it trains; auto: where they take less than half of it."""
    checkpoint_s: Annotated[float, Field(ge=0.0)] = 30.0
    """Seconds of training, at least, between two checkpoints to go on from after a kill (the last is always kept)."""
    log_mel: LogMelParameters
    architecture: ArchitectureParameters
    temperature: Positive
    pairs_per_batch: Count
    steps_per_epoch: Count
    n_validation_pairs: Count
    max_epochs: Count
    learning_rate: Positive
    plateau_factor: Share
    plateau_patience: Count
    stop_patience: Count
    seed: int


class EmbedParameters(Parameters):
    """How segments are embedded."""

    batch_size: Count


class ProbeParameters(Parameters):
    """The classifiers trained on frozen embeddings (paper, section 3.3)."""

    n_runs: Count
    n_singers: dict[str, list[Count] | Literal["all"]]
    """Class counts by corpus; a count above what the corpus holds is left out, and so is a corpus that is not named."""
    hidden_sizes: list[Count]
    batch_size: Count
    steps_per_epoch: Count
    n_validation_segments: Count
    max_epochs: Count
    learning_rate: Positive
    plateau_factor: Share
    plateau_patience: Count
    stop_patience: Count
    n_jobs: int
    seed: int


class ReportParameters(Parameters):
    """What the report shows, and what it says of itself."""

    title: str
    synthetic: bool
    """True where the singers are the demo's: the page then says so at its top."""
    figure2_min_tracks: Count
    """Genres with fewer test tracks are left out of Figure 2 (paper: 100)."""
    figure3_buckets: list[Count]
    """Lower edges of the buckets of training tracks in Figure 3 (paper: 5, 10, 20)."""
    n_bootstrap: Count
    seed: int

    @model_validator(mode="after")
    def _buckets_rise(self) -> "ReportParameters":
        if self.figure3_buckets != sorted(set(self.figure3_buckets)):
            raise ValueError(f"figure3_buckets must rise, got {self.figure3_buckets}")
        return self
