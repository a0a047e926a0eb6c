"""Parameters of the pretraining on pairs of segments, and of the paper's encoder (paper, section 3.2)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from real_cloned.parameters.base import (
    Count,
    DecibelRange,
    Decibels,
    Distinct,
    Factor,
    InferenceStemParameters,
    LearningRate,
    Name,
    Parameters,
    Positive,
    SampleRate,
    Seconds,
    Seed,
    Share,
    Size,
    Stem,
    Text,
)

FftSize = Annotated[int, Field(ge=16, le=2**14)]
MelBins = Annotated[int, Field(ge=1, le=1024)]
EqDecibels = Annotated[Decibels, Field(ge=0.0)]


class LogMelParameters(Parameters):
    """Log-mel spectrogram (paper, section 3.2: FFT 800, hop 400, 128 mels, at 16 kHz)."""

    sample_rate_hz: SampleRate
    n_fft: FftSize
    hop_length: Size
    n_mels: MelBins
    floor: Positive = 1e-10
    """Added to the power before the logarithm (authors: 1e-10)."""
    centre: float = 0.0
    scale: Positive = 1.0
    """The spectrogram is (log-mel - centre) / scale. Authors: as it is; AST normalises by its data's statistics."""


class ArchitectureParameters(Parameters):
    """The encoder (paper: the small AST = ViT-S/16 without overlap, then 2048) and its projector."""

    patch_size: tuple[Size, Size]
    """Mel bins and frames of one patch (paper: 16 x 16)."""
    width: Size
    depth: Annotated[int, Field(ge=1, le=1000)]
    n_heads: Size
    final_norm: bool = False
    """Whether the class token goes through a LayerNorm after the last block (authors: no; timm's ViT: yes)."""
    embedding_size: Size
    projector_sizes: Annotated[list[Size], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_heads(self) -> "ArchitectureParameters":
        if self.width % self.n_heads:
            raise ValueError(f"width must be a multiple of n_heads ({self.n_heads}), got {self.width}")
        return self


class ConvolutionParameters(Parameters):
    """A small convolutional network with attentive statistics pooling (`encoders.contrastive.convolution`)."""

    channels: Annotated[list[Size], Field(min_length=1, max_length=8)]
    """Of each convolution; each one halves the mel bands."""
    width: Size
    """Features of a frame; a segment has twice as many."""
    attention_size: Size


class MixParameters(Parameters):
    """Mashups: each segment is laid over the accompaniment of another singer's track (docs/fidelity.md)."""

    voice_db: DecibelRange
    """How much louder than the accompaniment the voice is, in dB of their mean powers, drawn between these."""
    voice_eq_db: EqDecibels = 0.0
    """A smooth random equaliser of the voice alone: its gains lie within so many dB of none."""
    bare_share: Share = 0.0
    """Share of segments that stay without accompaniment."""


class AugmentParameters(Parameters):
    """Random changes of a segment's sound, made on the device that trains."""

    eq_db: EqDecibels = 0.0
    """A smooth random equaliser: its gains lie within so many dB of none."""
    noise_db: DecibelRange | None = None
    """White noise, so many dB above the segment's mean power (so mostly negative), drawn between these; null: none."""
    dry_share: Share = 0.0
    """Share of segments that no equaliser and no noise touches."""


class PairTrainingParameters(InferenceStemParameters):
    """How an encoder is trained on pairs of segments, of whatever network it is (paper, section 3.2)."""

    name: Name
    """That under which the variant stands in the configuration."""
    enabled: bool = True
    """False: the variant is not part of the study, and the report prints a dash."""
    train_stems: Annotated[list[Stem], Field(min_length=1)]
    """Each side of a pair is drawn from one of these at random: the paper's Hybrid lists mixture and vocals."""
    sampling: Literal["singer", "track"] = "singer"
    """A pair is two segments of different tracks of one singer (paper), or different segments of one track, which
    is the baseline of earlier work (CLMR)."""
    replacement: bool = False
    """Training singers are drawn with replacement (authors' code): one can come twice in a batch, as its own negative.
    Else all are different while there are enough, and where there are not, a singer's other pairs are no negatives."""
    mix: MixParameters | None = None
    """What is drawn from `train_stems` is mixed with accompaniment of another singer; null: it is heard as it is."""
    augment: AugmentParameters | None = None
    devices: Annotated[int, Field(ge=1, le=1024)] = 1
    """GPUs that share each batch, or processes where there is no GPU."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`bfloat16` keeps weights and spectrograms in float32; auto: bfloat16 where the hardware computes with it."""
    resident: Literal["auto", "always", "never"] = "auto"
    """Whether all segments lie in the GPU's memory while it trains; auto: where they take less than half of it."""
    checkpoint_s: Annotated[float, Field(ge=0.0)] = 30.0
    """Seconds of training, at least, between two checkpoints to go on from after a kill (the last is always kept)."""
    crop_s: Seconds | None = None
    """Each step of the training hears a random section of this duration of its segments, not all of them, and each
    batch of the validation always the same; a transformer cannot. null: whole segments (paper)."""
    temperature: Annotated[float, Field(ge=1e-3, le=1e3)]
    pairs_per_batch: Count
    steps_per_epoch: Count
    n_validation_pairs: Count
    """Fixed pairs, of all validation singers equally often; rounded up to whole batches."""
    max_epochs: Count
    learning_rate: LearningRate
    plateau_factor: Factor
    min_learning_rate_factor: Factor = 1e-3
    """The learning rate is never below the first one times this (authors' code; the paper names no bound)."""
    plateau_patience: Count
    stop_patience: Count
    seed: Seed


class PretrainParameters(PairTrainingParameters):
    """One variant: what its encoder is trained on, and how (paper, section 3.2)."""

    family: Literal["transformer"] = "transformer"
    """Other families of encoder have parameters of their own (`parameters.variants`)."""
    projector_batch_norm: Literal["per_side", "joint"] = "per_side"
    """Statistics of the projector's batch normalisation in training: one set for the first segments of all pairs and
    one for the second ones (authors' code), or one for both."""
    compile: Literal["auto", "always", "never"] = "auto"
    """Whether torch compiles the encoder first, a minute's work; auto: on a GPU. A CPU needs a C++ compiler for it, and
    is about a tenth faster with the paper's encoder (docs/benchmarks.md)."""
    cuda_graph: bool = False
    """Whether a GPU records the whole training step once and then replays it (`encoders.contrastive.graph`). Faster
    where Python is slower than the GPU; this version was not run on a GPU (docs/benchmarks.md). Needs one device;
    `deterministic: true` trains without."""
    resident_log_mel: Literal["auto", "never"] = "never"
    """auto: a GPU's memory holds log-mels, computed once in half precision, in the place of all segments where these
    are heard as they are (no mix, augment or crop_s), they take less than half of it, and `resident` is not never.
    Not yet run on a GPU (docs/benchmarks.md)."""
    log_mel: LogMelParameters
    architecture: ArchitectureParameters
    convolution: ConvolutionParameters | None = None
    """A small network in the place of the transformer, which learns faster from few songs. Of `architecture` only
    embedding_size and projector_sizes are then used. null: the transformer (paper)."""

    @model_validator(mode="after")
    def _check_pairs(self) -> "PretrainParameters":
        if self.projector_batch_norm == "per_side" and self.pairs_per_batch < 2 * self.devices:
            raise ValueError(
                f"pairs_per_batch: {self.pairs_per_batch} on {self.devices} device(s) are too few for "
                "projector_batch_norm: per_side, which normalises over the pairs of a device, two at least"
            )
        return self

    @model_validator(mode="after")
    def _check_cuda_graph(self) -> "PretrainParameters":
        if self.cuda_graph and self.devices > 1:
            raise ValueError(f"cuda_graph: a graph is of one device; set it to false, or devices ({self.devices}) to 1")
        return self

    @model_validator(mode="after")
    def _check_crop(self) -> "PretrainParameters":
        if self.crop_s is not None and self.convolution is None:
            raise ValueError(
                "crop_s: the transformer's positions are those of whole segments; set `convolution`, or null"
            )
        return self

    @model_validator(mode="after")
    def _check_patches(self) -> "PretrainParameters":
        height, n_mels = self.architecture.patch_size[0], self.log_mel.n_mels
        if height > n_mels:
            raise ValueError(f"architecture.patch_size: {height} mel bins are more than log_mel.n_mels, {n_mels}")
        return self


class StudentParameters(PairTrainingParameters):
    """A student of CAM++: its network, trained to give of a voice over a band what CAM++ gives of the bare voice."""

    family: Literal["student"] = "student"
    init_from: Text = "installed"
    """Weights of the teacher, from which the student starts: path of `campplus_cn_en_common.pt`, or `installed`."""
    max_segment_s: Seconds | None = None
    """When it embeds, segments that lie side by side are joined to longer ones of at most so many seconds; null: they
    stay as they are (`audio.segment_s`)."""
    mix: MixParameters
    """Bands of other singers' tracks, and the share of voices that stay without."""
    speeds: Annotated[list[Annotated[float, Field(ge=0.5, le=2.0)]], Field(min_length=1), Distinct] = [1.0]
    """A pair is played at one of these speeds, pitch and formants with it, and is then of a singer of its own."""
    room_share: Share = 0.0
    """Share of voices that stand in a room: convolved with a random impulse response."""
    codec_share: Share = 0.0
    """Share of segments that lose what is above 3 to 8 kHz, and are coded by mu-law with 8 bits."""
    nt_xent_weight: Annotated[float, Field(ge=0.0)] = 0.0
    """Of NT-Xent between singers, beside the cosine distance to the teacher's embedding."""
