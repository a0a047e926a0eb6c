"""Parameters small enough for tests: 4 kHz, segments of 0.4 s, networks of a few thousand weights. All immutable."""

from real_cloned.parameters.base import CohortParameters, CompareStemsParameters, Parameters
from real_cloned.parameters.covers import (
    CoverCorpusParameters,
    CoverDemoParameters,
    CoverEncoderParameters,
    CoverEvaluationParameters,
    CoverVoiceParameters,
    NetworkTrainingParameters,
    ProfileAugmentParameters,
    ProfileParameters,
    SiameseParameters,
    TrunkParameters,
)
from real_cloned.parameters.embed import EmbedParameters, RemixParameters
from real_cloned.parameters.enrol import EnrolParameters, ScoringParameters
from real_cloned.parameters.identify import AnswerParameters, IdentifyParameters
from real_cloned.parameters.ingest import AudioParameters, CorpusParameters, DemoParameters, SingerSplit
from real_cloned.parameters.pretrain import (
    ArchitectureParameters,
    AugmentParameters,
    ConvolutionParameters,
    LogMelParameters,
    MixParameters,
    PretrainParameters,
    StudentParameters,
)
from real_cloned.parameters.probe import BaselineParameters, CalibrationParameters, ProbeParameters
from real_cloned.parameters.report import ReportParameters
from real_cloned.parameters.separation import SeparationParameters, SeparatorTrainingParameters
from real_cloned.parameters.session import ExecutorParameters, IncrementalParameters
from real_cloned.parameters.variants import (
    CampplusParameters,
    FeatureParameters,
    FeatureRunParameters,
    Ge2eParameters,
    LstmParameters,
    LstmVariantParameters,
    MfccParameters,
    VoiceTrainingParameters,
)
from real_cloned.parameters.vocal_filter import DetectorTrainingParameters, VocalFilterParameters

RATE = 4000
AUDIO = AudioParameters(sample_rate_hz=RATE, n_channels=1, segment_s=0.4)
LOG_MEL = LogMelParameters(sample_rate_hz=RATE, n_fft=256, hop_length=100, n_mels=16)
ARCHITECTURE = ArchitectureParameters(
    patch_size=(8, 8), width=16, depth=2, n_heads=2, embedding_size=12, projector_sizes=[16, 8]
)
CONVOLUTION = ConvolutionParameters(channels=[4, 6, 8], width=10, attention_size=5)
MIX = MixParameters(voice_db=(-3.0, 3.0), voice_eq_db=6.0, bare_share=0.25)
AUGMENT = AugmentParameters(eq_db=3.0, noise_db=(-60.0, -40.0), dry_share=0.25)
PRETRAIN = PretrainParameters(
    name="mixture",
    train_stems=["mixture"],
    inference_stem="mixture",
    log_mel=LOG_MEL,
    architecture=ARCHITECTURE,
    temperature=0.2,
    pairs_per_batch=4,
    steps_per_epoch=2,
    n_validation_pairs=4,
    max_epochs=2,
    learning_rate=1e-3,
    plateau_factor=0.5,
    plateau_patience=25,
    stop_patience=100,
    seed=0,
    precision="float32",
)
LSTM = LstmVariantParameters(
    name="lstm",
    train_stems=["mixture"],
    inference_stem="mixture",
    log_mel=LOG_MEL,
    network=LstmParameters(n_layers=1, hidden_size=16, embedding_size=12, window_frames=8),
    training=VoiceTrainingParameters(
        singers_per_batch=4,
        utterances_per_singer=2,
        train_steps=2,
        validation_steps=1,
        max_blocks=2,
        learning_rate=1e-3,
    ),
)
BASELINES = BaselineParameters(
    methods=["centroid", "neighbours", "logistic"],
    segments_per_singer=4,
    n_neighbours=3,
    inverse_regularisation=10.0,
    max_iterations=20,
)
CALIBRATION = CalibrationParameters(prior_deviation=0.35, temperature_range=(0.25, 4.0))
PROBE = ProbeParameters(
    n_runs=2,
    n_singers={"closed": [2, 3, 4, 9], "cloned": [2, 3, 4, 9], "fma": "all"},
    hidden_sizes=[16],
    batch_size=16,
    steps_per_epoch=8,
    n_validation_segments=2,
    max_epochs=12,
    learning_rate=0.01,
    plateau_factor=0.1,
    plateau_patience=5,
    stop_patience=10,
    precision="float32",
    calibration=CALIBRATION,
    baselines=BASELINES,
    seed=0,
)
REMIX = RemixParameters(levels_db=[None, -6.0, 0.0, 6.0], max_tracks=100, seed=0)
VOCAL_FILTER = VocalFilterParameters(
    window_s=1.0,
    threshold=0.5,
    method="detector",
    detector="shipped",
    separator="small",
    energy_midpoint_db=-12.0,
    energy_slope_db=2.0,
)
DETECTOR = DetectorTrainingParameters(
    corpora=["train", "closed"],
    window_s=1.0,
    n_mels=32,
    n_distractors=6,
    n_steps=2,
    batch_size=8,
    learning_rate=0.003,
    seed=0,
)
DEMO = DemoParameters(
    root="demo",
    seed=7,
    sample_rate_hz=8000,
    n_singers={"train": 3, "validation": 2, "closed": 6, "fma": 2, "mtg": 2},
    tracks_per_singer=(5, 20),
    duration_s=(4, 4),
    n_cloned_singers=3,
    n_clones_per_singer=4,
    clone_methods=["blend", "envelope", "vocoder"],
    voice_spread=1.5,
    song_spread=0.3,
    band_spread=1.5,
    band_loyalty=0.5,
    clone_blend=0.85,
)
CORPUS = CorpusParameters(name="closed", root=None, split="probe")
SEPARATION = SeparationParameters(chunk_s=None, separator="reference", accompaniment="test")
SEPARATOR = SeparatorTrainingParameters(channels=4, chunk_s=1.0, n_steps=2, batch_size=2, learning_rate=0.001, seed=0)
REPORT = ReportParameters(
    title="Tiny", synthetic=True, page="study", figure2_min_tracks=1, figure3_buckets=[1, 2], n_bootstrap=10, seed=0
)
GE2E = Ge2eParameters(name="ge2e", inference_stem="vocals")
CAMPPLUS = CampplusParameters(name="speaker", inference_stem="vocals")
STUDENT = StudentParameters(
    name="student", train_stems=["vocals"], inference_stem="mixture", mix=MIX, augment=AUGMENT, speeds=[0.9, 1.0, 1.1],
    room_share=0.5, codec_share=0.5, nt_xent_weight=0.1, crop_s=0.3, temperature=0.2, pairs_per_batch=2,
    steps_per_epoch=2, n_validation_pairs=2, max_epochs=2, learning_rate=1e-4, plateau_factor=0.5, plateau_patience=4,
    stop_patience=10, seed=0, precision="float32",
)  # fmt: skip
MFCC = MfccParameters(name="mfcc", inference_stem="mixture", n_mfcc=3, n_fft=256, hop_length=100, n_mels=16)
COMPARE_STEMS = CompareStemsParameters(stems=["mixture", "vocals"])
FEATURES = FeatureParameters(num_feats=40, sr=16000, hop_size=160, frame_size=400)
NETWORK = NetworkTrainingParameters(
    trunk=TrunkParameters(channels=8, kernel_frames=6, dilations=[3, 2], normalise=True, batch_norm=True),
    embedding_size=16,
    augment=ProfileAugmentParameters(),
    steps_per_epoch=2,
    max_epochs=2,
    stop_patience=5,
    learning_rate=0.003,
)
SIAMESE = SiameseParameters(**NETWORK.model_dump(), pairs_per_batch=8, n_validation_pairs=8)
COVER_ENCODER = CoverEncoderParameters(**NETWORK.model_dump(), works_per_batch=4, n_validation_works=4)
PROFILES = ProfileParameters(kinds=["chroma_cens"], sample_rate_hz=16000, duration_s=4.0, n_frames=40, n_jobs=1)
COVER_DEMO = CoverDemoParameters(
    root="demo/covers",
    n_works={"train": 3, "validation": 2, "benchmark": 2},
    n_versions={"train": 2, "validation": 2, "benchmark": 3},
    n_noise=1,
    duration_s=4,
    n_jobs=1,
    tempo_bpm=(95, 135),
)
COVERS = [
    *(NETWORK, NETWORK.trunk, NETWORK.augment, SIAMESE, COVER_ENCODER, PROFILES, COVER_DEMO),
    CoverCorpusParameters(name="train", root=None),
    CoverEvaluationParameters(methods=["chroma_mean", "encoder"]),
    CoverVoiceParameters(methods=["encoder"]),
]
ALL: list[Parameters] = [
    *COVERS,
    *(
        AUDIO,
        LOG_MEL,
        ARCHITECTURE,
        CONVOLUTION,
        MIX,
        AUGMENT,
        PRETRAIN,
        CALIBRATION,
        BASELINES,
        PROBE,
        VOCAL_FILTER,
        DETECTOR,
    ),
    *(DEMO, CORPUS, SEPARATION, SEPARATOR, REPORT),
    SingerSplit(closed=0.5, validation=2, min_tracks=3),
    EmbedParameters(batch_size=2),
    ScoringParameters(),
    EnrolParameters(corpus=CORPUS),
    AnswerParameters(),
    IdentifyParameters(),
    IncrementalParameters(ledger="data/ledger.json"),
    ExecutorParameters(),
    REMIX,
    IncrementalParameters(ledger="ledger.json"),
    *(LSTM, LSTM.network, LSTM.training, GE2E, CAMPPLUS, CohortParameters(), STUDENT, MFCC, FEATURES),
    FeatureRunParameters(),
    *(
        LSTM,
        LSTM.network,
        LSTM.training,
        GE2E,
        CAMPPLUS,
        CohortParameters(),
        COMPARE_STEMS,
        MFCC,
        FEATURES,
        FeatureRunParameters(),
    ),
]


def but(parameters, **settings):
    """Return the same parameters with some settings changed, and validated again."""
    return type(parameters).model_validate(parameters.model_dump() | settings)
