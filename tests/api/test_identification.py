"""What the pipelines do: which files are asked about, and what of a corpus is enrolled."""

import pandas as pd
import pytest

from real_cloned.api.identification import enrol_corpus, identify_recordings, list_recordings
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.parameters.enrol import EnrolParameters
from real_cloned.parameters.identify import AnswerParameters, IdentifyParameters
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.corpora import Rejected
from real_cloned.schemas.identification import CloneRanks, Identifications, Recordings, Stretches
from tests.api.test_singers import NAMES, sing
from tests.tiny import AUDIO, MFCC, VOCAL_FILTER, but

EVERYTHING_SINGS = but(VOCAL_FILTER, threshold=0.0)
ANSWERS = AnswerParameters(min_sung_s=1.0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("corpus")
    for place, name in enumerate(NAMES):
        for number in range(4):
            sing(root / name / f"album {number // 2}" / f"{number}.wav", name, seed=10 * place + number)
    (root / "Ann" / "broken.mp3").write_text("no audio")
    sing(root / "Once" / "only.wav", "Once", seed=1)
    return root


def enrolled(corpus, root=None, **changes):
    settings = CorpusParameters(name="enrolled", root=root or str(corpus), split="probe", min_tracks_per_singer=2)
    parameters = EnrolParameters(corpus=settings, encoder="mfcc", **changes)
    weights = mfcc_weights(MFCC, AUDIO)
    registry, rejected = enrol_corpus(weights, parameters, EVERYTHING_SINGS)
    return registry, weights, rejected


def test_a_corpus_is_enrolled_with_its_albums_and_what_is_not_has_a_reason(corpus, monkeypatch):
    monkeypatch.setattr("real_cloned.vocals.detection.detectors.read_detector", lambda name: Anything())
    registry, _, rejected = enrolled(corpus)
    assert registry.singers["singer_id"].tolist() == NAMES
    assert registry.singers["n_albums"].tolist() == [2] * len(NAMES)
    reasons = dict(zip(rejected["track_id"], rejected["reason"], strict=True))
    Rejected.validate(rejected)
    assert reasons["Ann/broken.mp3"].startswith("unreadable")
    assert reasons["Once/only.wav"] == "fewer tracks of the singer than the 2 asked for"


def test_a_corpus_can_be_named_relative_to_the_folder_that_recordings_must_lie_in(corpus, monkeypatch):
    monkeypatch.setattr("real_cloned.vocals.detection.detectors.read_detector", lambda name: Anything())
    registry, _, _ = enrolled(corpus, root=corpus.name, folder=str(corpus.parent))
    assert registry.singers["singer_id"].tolist() == NAMES


def test_a_folder_is_asked_about_and_bad_files_are_rows(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("real_cloned.vocals.detection.detectors.read_detector", lambda name: Anything())
    registry, weights, _ = enrolled(corpus)
    sing(tmp_path / "b" / "new.wav", "Dot", seed=99)
    (tmp_path / "bad.mp3").write_text("no audio")
    (tmp_path / "notes.txt").write_text("not asked about")
    parameters = IdentifyParameters(input=str(tmp_path), answers=ANSWERS)
    recordings = Recordings.validate(list_recordings(parameters))
    tables = identify_recordings((registry, weights), recordings, parameters)
    for table, model in zip(tables, (Identifications, Stretches, CloneRanks), strict=True):
        model.validate(table)
    verdicts = dict(zip(tables[0]["track_id"], tables[0]["verdict"], strict=True))
    assert verdicts == {"b/new.wav": "singer", "bad.mp3": "unreadable"}
    assert tables[0].set_index("track_id").loc["b/new.wav", "singer_id"] == "Dot"


def test_clones_that_a_manifest_names_get_the_ranks_of_target_and_source(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("real_cloned.vocals.detection.detectors.read_detector", lambda name: Anything())
    registry, weights, _ = enrolled(corpus)
    sing(tmp_path / "clone.wav", "Ben", seed=98)
    source = registry.tracks.loc[registry.tracks["singer_id"] == "Ann", "track_id"].iloc[0]
    manifest = {"path": ["clone.wav"], "singer_id": ["Ben"], "clone_method": ["blend"], "clone_source_id": [source]}
    pd.DataFrame(manifest).to_csv(tmp_path / "manifest.csv", index=False)
    parameters = IdentifyParameters(input=str(tmp_path), answers=ANSWERS)
    ranks = identify_recordings((registry, weights), list_recordings(parameters), parameters)[2]
    found = CloneRanks.validate(ranks).iloc[0]
    assert (found["target_ids"], found["target_rank"], found["source_id"], found["n_singers"]) == ("Ben", 1, "Ann", 6)
    assert found["source_rank"] > 1


@pytest.mark.parametrize(
    ("input_", "message"),
    [
        (None, "identify.input is null.*--params=identify.input=PATH"),
        ("{folder}/missing.mp3", "no file or folder"),
        ("{folder}/empty", "holds no audio file"),
    ],
)
def test_what_cannot_be_asked_about_is_one_line(input_, message, tmp_path):
    (tmp_path / "empty").mkdir()
    path = None if input_ is None else input_.format(folder=tmp_path)
    with pytest.raises(RealClonedError, match=message):
        list_recordings(IdentifyParameters(input=path))


def test_a_path_outside_of_the_folder_is_refused_by_whatever_way_it_leads_there(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    song = sing(outside / "song.wav", "Ann", seed=0)
    allowed = sing(inside / "song.wav", "Ann", seed=0)
    (inside / "link.wav").symlink_to(song)
    for path in (str(song), "../outside/song.wav", f"{inside}/../outside", str(inside / "link.wav"), "link.wav"):
        with pytest.raises(RealClonedError, match="lies outside of"):
            list_recordings(IdentifyParameters(input=path, folder=str(inside)))
    for path in (str(allowed), "song.wav"):
        assert len(list_recordings(IdentifyParameters(input=path, folder=str(inside)))) == 1


def test_what_a_manifest_or_a_link_names_outside_of_the_folder_is_refused_too(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for place in (inside, outside):
        sing(place / "Ann" / "song.wav", "Ann", seed=0)
    (inside / "linked").symlink_to(outside)
    corpus = CorpusParameters(name="enrolled", source="folder", root=str(inside), split="probe")
    parameters = EnrolParameters(corpus=corpus, folder=str(inside))
    with pytest.raises(RealClonedError, match="lies outside of"):
        list_recordings(IdentifyParameters(input=".", folder=str(inside)))
    with pytest.raises(RealClonedError, match="enrol.corpus.root: .*lies outside of"):
        enrol_corpus(mfcc_weights(MFCC, AUDIO), parameters, EVERYTHING_SINGS)
    with pytest.raises(RealClonedError, match="enrol.corpus.root: .*lies outside of"):
        enrol_corpus(mfcc_weights(MFCC, AUDIO), but(parameters, folder=str(outside)), EVERYTHING_SINGS)
    (inside / "linked").unlink()
    pd.DataFrame({"path": ["../outside/Ann/song.wav"], "singer_id": ["Ann"]}).to_csv(inside / "manifest.csv")
    with pytest.raises(RealClonedError, match="outside"):
        list_recordings(IdentifyParameters(input=".", folder=str(inside)))


def test_nobody_to_enrol_is_one_line():
    corpus = CorpusParameters(name="enrolled", root=None, split="probe")
    with pytest.raises(RealClonedError, match="enrol.corpus.root is null"):
        enrol_corpus(mfcc_weights(MFCC, AUDIO), EnrolParameters(corpus=corpus), EVERYTHING_SINGS)


class Anything:
    """A detector that takes any sample rate, and is never sure of anything."""

    sample_rate_hz = AUDIO.sample_rate_hz

    def to(self, device):
        return self

    def __call__(self, windows):
        return windows.new_zeros(len(windows)).float()
