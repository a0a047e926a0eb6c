"""What a registry says of the demo's singers: how many recordings are named, and how many of those left out."""

import pandas as pd
import pytest

from real_cloned import SingerEncoder, SingerRegistry
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.variants import MfccParameters
from tests.pipelines.study import TINY

pytestmark = pytest.mark.slow

SINGERS = {"n_singers": {"train": 0, "validation": 0, "closed": 12, "fma": 0, "mtg": 0}, "n_cloned_singers": 0}
SETTINGS = {
    **TINY,
    "demo": {**TINY["demo"], **SINGERS, "tracks_per_singer": [8, 8], "duration_s": [18, 20]},
    "corpora": {**TINY["corpora"], **dict.fromkeys(("train", "validation", "cloned", "fma", "mtg"), {"root": None})},
}
AUDIO = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=6.0)
ENCODER = MfccParameters(name="mfcc", inference_stem="vocals", n_mfcc=20, n_fft=400, hop_length=160, n_mels=40)
N_LEFT_OUT = 4


@pytest.fixture(scope="module")
def verdicts(new_study):
    """Of the second half of each singer's songs, where the first half of eight of the twelve singers is enrolled."""
    study = new_study("demo", SETTINGS)
    study.run("ingest")
    folder = study.data / "01_raw/demo/closed"
    songs = pd.read_csv(folder / "manifest.csv").sort_values(["singer_id", "track_id"])
    songs["is_first"] = songs.groupby("singer_id").cumcount() < 4
    enrolled = sorted(songs["singer_id"].unique())[N_LEFT_OUT:]
    first = songs[songs["is_first"] & songs["singer_id"].isin(enrolled)]
    paths = {str(singer): [folder / path for path in rows["path"]] for singer, rows in first.groupby("singer_id")}
    registry = SingerRegistry.enrol(paths, SingerEncoder(mfcc_weights(ENCODER, AUDIO)), detection=None)
    asked = songs[~songs["is_first"]].assign(is_enrolled=songs["singer_id"].isin(enrolled))
    found = [registry.identify(folder / path) for path in asked["path"]]
    return asked.assign(
        named=[one.singer_id for one in found],
        nearest=[one.candidates[0].singer_id if one.candidates else None for one in found],
    )


def test_the_nearest_singer_is_mostly_the_right_one(verdicts):  # 91 % when written
    enrolled = verdicts[verdicts["is_enrolled"]]
    assert (enrolled["nearest"] == enrolled["singer_id"]).mean() >= 0.85


def test_most_recordings_of_enrolled_singers_are_named_and_hardly_one_wrongly(verdicts):  # 78 and 0 %
    enrolled = verdicts[verdicts["is_enrolled"]]
    assert (enrolled["named"] == enrolled["singer_id"]).mean() >= 0.7
    assert (enrolled["named"].notna() & (enrolled["named"] != enrolled["singer_id"])).mean() <= 0.05


def test_most_recordings_of_singers_who_are_not_enrolled_are_given_no_name(verdicts):  # 25 % are
    assert verdicts.loc[~verdicts["is_enrolled"], "named"].notna().mean() <= 0.35
