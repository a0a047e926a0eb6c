"""Parameters of version identification: its corpora, its profiles, its two networks, and how they are judged."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from real_cloned.parameters.base import (
    Count,
    Distinct,
    LearningRate,
    Name,
    Parameters,
    Positive,
    SampleRate,
    Seconds,
    Seed,
    Share,
    Size,
    Text,
    ascending,
)

FeatureKind = Literal["crema", "hpcp", "chroma_cens"]
Jobs = Literal[-1] | Annotated[int, Field(ge=1, le=1024)]
"""Processes that share the work; -1: one per core."""
_Tempo = Annotated[float, Field(ge=40.0, le=240.0)]


class CoverCorpusParameters(Parameters):
    """One set of performances: where it lies, and how it is read."""

    name: Literal["train", "validation", "benchmark"]
    root: Text | None
    """Folder of Da-TACOS, or of audio; null: the set is not there."""
    source: Literal["da_tacos", "folder", "manifest"] = "folder"
    """`da_tacos`: its folders of features. `folder`: audio as WORK/PERFORMANCE.mp3. `manifest`: a table of audio with a
    column that names the work, as any corpus of this project is one."""
    subset: Literal["benchmark", "coveranalysis"] = "benchmark"
    """Of Da-TACOS."""
    work_column: Text = "work_id"
    """Of a manifest."""
    part: Annotated[tuple[Share, Share], AfterValidator(ascending)] = (0.0, 1.0)
    """Which of its works, by a hash of their ids: with (0, 0.9) and (0.9, 1) one subset trains and validates."""


class ProfileParameters(Parameters):
    """Profiles of pitch classes: what is read or extracted, and to which size it is brought."""

    kinds: Annotated[list[FeatureKind], Field(min_length=1), Distinct]
    """The first is that of the networks and the baselines; all are kept."""
    sample_rate_hz: Annotated[SampleRate, Field(ge=11_025)] = 44_100
    """At which audio is decoded (Da-TACOS: 44.1 kHz); chroma looks up to 4.2 kHz."""
    hop_length: Size = 512
    """Samples between two frames of chroma (Da-TACOS: 512)."""
    duration_s: Seconds = 180.0
    """What is used of a performance; a shorter one is repeated."""
    n_frames: Annotated[int, Field(ge=8, le=10_000)] = 500
    """To which it is shortened."""
    n_jobs: Jobs = -1

    @property
    def smoothing_s(self) -> float:
        """Seconds over which librosa smooths chroma CENS, 41 frames."""
        return 41 * self.hop_length / self.sample_rate_hz


class TrunkParameters(Parameters):
    """The convolutions that both networks begin with."""

    channels: Size = 256
    kernel_frames: Size = 50
    """Frames of the first kernel, which is twelve pitch classes high."""
    kernel_dilations: Annotated[list[Size], Field(min_length=1, max_length=8)] = [1]
    """Distances of these frames. Of several the maximum is taken: one kernel meets several tempos (published: 1)."""
    stride: Size = 1
    """Frames from one place of the first kernel to the next (published: 1)."""
    dilations: Annotated[list[Size], Field(max_length=8)] = [20, 13, 7]
    """Of the convolutions of 1 x 5 that follow."""
    normalise: bool = False
    """Whether the mean of each frame is taken away and its length made one first (published: no)."""
    batch_norm: bool = False
    """Whether each convolution, and the linear layer of the Siamese embedding, is followed by batch normalisation
    (published: no)."""

    @property
    def n_frames(self) -> int:
        """Frames that a profile must have at least."""
        reach = (self.kernel_frames - 1) * max(self.kernel_dilations)
        return 1 + reach + 4 * sum(self.dilations) * self.stride


class ProfileAugmentParameters(Parameters):
    """Random changes of profiles in training. Rolling in time and transposition are always made."""

    new_works: bool = False
    """Whether both performances of a pair are also made another work: reversed in time, inverted in pitch, or with
    semitones and fifths exchanged, alike. With few works to learn from, eight times as many are met."""
    stretch_share: Share = 0.3
    stretch: Annotated[tuple[Positive, Positive], AfterValidator(ascending)] = (0.7, 1.3)
    """Factor of the length."""
    frames_share: Share = 0.3
    """Share of profiles of which frames are silenced, duplicated or removed (one of the three)."""
    silenced: Share = 0.1
    """Share of such a profile's frames, and so on."""
    duplicated: Share = 0.15
    removed: Annotated[float, Field(ge=0.0, le=0.9)] = 0.1


class NetworkTrainingParameters(Parameters):
    """What the trainings of both networks have in common."""

    trunk: TrunkParameters = TrunkParameters()
    embedding_size: Size = 512
    augment: ProfileAugmentParameters = ProfileAugmentParameters()
    steps_per_epoch: Count
    max_epochs: Count
    stop_patience: Count
    learning_rate: LearningRate
    warmup_steps: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Steps in which the learning rate rises from 0."""
    decay: Literal["none", "cosine"] = "none"
    """`cosine`: it then falls to 0 at the last epoch, by half a cosine."""
    lookahead: Annotated[int, Field(ge=0, le=1000)] = 5
    """Steps of Adam between two of Lookahead (Zhang et al. 2019); 0: Adam alone."""
    lookahead_alpha: Share = 0.5
    checkpoint_s: Annotated[float, Field(ge=0.0)] = 30.0
    """Seconds, at least, between two checkpoints to go on from."""
    seed: Seed = 0


class SiameseParameters(NetworkTrainingParameters):
    """The Siamese network: pairs of performances, of one work or not."""

    pairs_per_batch: Annotated[int, Field(ge=2, lt=2**31)]
    """Half of them are of one work. With hard negatives it is the number of works, each with two performances."""
    hard_negatives: Annotated[int, Field(ge=0, le=1000)] = 0
    """Of each performance of a batch: so many of other works that the network takes most for its own. 0: the negative
    pairs are drawn at random (published)."""
    n_validation_pairs: Annotated[int, Field(ge=2, lt=2**31)]


class CoverEncoderParameters(NetworkTrainingParameters):
    """The retrieval encoder: performances of a work are near to each other, whatever their key."""

    loss: Literal["nt_xent", "triplet"] = "nt_xent"
    temperature: Annotated[float, Field(ge=1e-3, le=1e3)] = 0.1
    """Of NT-Xent."""
    margin: Annotated[float, Field(gt=0.0, le=2.0)] = 0.3
    """Of the triplet loss, which takes the hardest negative of the batch."""
    works_per_batch: Annotated[int, Field(ge=2, lt=2**31)]
    """Each with two performances."""
    n_validation_works: Annotated[int, Field(ge=2, lt=2**31)]


class CoverEvaluationParameters(Parameters):
    """How methods are judged."""

    methods: Annotated[
        list[Literal["chroma_mean", "cross_correlation", "qmax", "siamese", "encoder", "encoder_hubs"]],
        Field(min_length=1),
        Distinct,
    ]
    """Rows of the table. Qmax compares two performances in milliseconds, and needs days for the whole benchmark."""
    hub_neighbours: Count = 10
    """Nearest performances of the training set whose mean similarity is a performance's hubness."""
    qmax_frames: Annotated[int, Field(ge=8, le=4000)] = 125
    """To which profiles are shortened for Qmax."""
    n_jobs: Jobs = -1


class CoverVoiceParameters(Parameters):
    """How the nearest work of the study's tracks is joined with the voice that was named."""

    variant: Name | None = "mashup"
    """Whose predictions name the voice; null: works and voices are not joined."""
    methods: Annotated[list[Literal["cross_correlation", "encoder"]], Field(min_length=1), Distinct]
    """The one with the highest MAP on the validation works finds the nearest reference."""
    false_known: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.05
    """Share of the references that may exceed the limit of similarity with a reference of other singers."""


class CoverDemoParameters(Parameters):
    """The demo's works, each in several versions: another singer, band, key, tempo and form. Singers and bands are of
    the population that `demo` describes, and nobody of the study is among them."""

    root: Text
    n_works: dict[Literal["train", "validation", "benchmark"], Annotated[int, Field(ge=0, le=10**5)]]
    n_versions: dict[Literal["train", "validation", "benchmark"], Annotated[int, Field(ge=2, le=100)]]
    n_noise: Annotated[int, Field(ge=0, le=10**5)] = 0
    """Works of the benchmark that are performed once, so that they are candidates and no queries."""
    n_score_works: Annotated[int, Field(ge=0, le=10**5)] = 0
    """Works to train on without audio, two versions of each: their profiles are computed from scores."""
    duration_s: Annotated[int, Field(ge=4, le=600)]
    tempo_bpm: Annotated[tuple[_Tempo, _Tempo], AfterValidator(ascending)]
    n_jobs: Jobs = -1

    @model_validator(mode="after")
    def _check_versions(self) -> "CoverDemoParameters":
        missing = self.n_works.keys() - self.n_versions.keys()
        if missing:
            raise ValueError(f"n_versions: there is none for {', '.join(sorted(missing))}, of which there are works")
        return self
