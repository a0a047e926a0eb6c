"""How the benchmark of identification divides recordings, on made-up singers."""

import numpy as np
import pandas as pd

from benchmarks.identify import evaluate, halves, join_songs
from real_cloned.parameters.enrol import ScoringParameters
from tests.identification.people import voice

NAMES = ["Ann", "Ben", "Cid", "Dot", "Eva"]


def clips_and_voices():
    rows = [
        {"path": f"{name}/{album}/{n}", "singer_id": name, "album": f"{name}-{album}"}
        for name in NAMES
        for album in range(4)
        for n in range(2)
    ]
    rows.append({"path": "Once/0/0", "singer_id": "Once", "album": "Once-0"})
    clips = pd.DataFrame(rows)
    return clips, {path: voice(path.split("/")[0], seed=place) for place, path in enumerate(clips["path"])}


def test_no_album_is_both_enrolled_and_identified_and_a_single_album_is_never_enrolled():
    clips, _ = clips_and_voices()
    first, second = halves(clips, 0), halves(clips, 1)
    assert not (first & second).any()
    assert clips.loc[~(first | second), "singer_id"].unique().tolist() == ["Once"]
    for enrolled in (first, second):
        assert not set(clips.loc[enrolled, "album"]) & set(clips.loc[~enrolled, "album"])


def test_clear_voices_are_named_rightly_and_left_out_ones_seldom():
    curve, by_singer = evaluate(*clips_and_voices(), ScoringParameters(false_accept_rate=0.05))
    at_five = curve[curve["rate"] == 5.0].set_index("singers")
    assert at_five.loc["enrolled", "named rightly"] > 95
    assert at_five.loc["left out in turn", "recordings"] == 40
    assert (np.diff(curve.loc[curve["singers"] == "left out in turn", "named wrongly"]) >= 0).all()
    assert by_singer["singer_id"].tolist() == NAMES


def test_the_clips_of_a_song_are_one_recording():
    clips, voices = clips_and_voices()
    songs, joined = join_songs(clips, voices)
    assert len(songs) == len(joined) == clips["album"].nunique()
    assert joined["Ann-0"].duration_s == 2 * voices["Ann/0/0"].duration_s
    assert (np.diff(joined["Ann-0"].offsets_s) > 0).all()
