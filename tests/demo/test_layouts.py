"""The demo's files as FMA, MTG-Jamendo and a manifest have theirs: what was planned is what the readers find."""

import pytest

from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.demo.catalogue import draw_catalogue, singer_name
from real_cloned.demo.layouts import LICENCE, audio_path, singer_id, write_metadata
from real_cloned.schemas.corpora import ListedTracks
from tests.tiny import CORPUS, DEMO, but

PLANS = draw_catalogue(DEMO)
SOURCES = {
    "train": "manifest",
    "validation": "manifest",
    "closed": "own",
    "cloned": "own",
    "fma": "fma",
    "mtg": "mtg_jamendo",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The demo's folders, with files that hold no audio."""
    root = tmp_path_factory.mktemp("demo")
    for plan in PLANS:
        (root / audio_path(plan)).parent.mkdir(parents=True, exist_ok=True)
        (root / audio_path(plan)).touch()
    write_metadata(PLANS, root)
    return root


@pytest.fixture(params=SOURCES)
def corpus(request, root):
    """A corpus' name, its plans by track_id, and what its reader finds, by track_id."""
    name = request.param
    found, rejected = list_tracks(but(CORPUS, name=name, source=SOURCES[name], root=str(root / name)))
    assert rejected.empty
    plans = {plan.track_id: plan for plan in PLANS if plan.corpus == name}
    return name, plans, ListedTracks.validate(found).set_index("track_id")


def test_the_readers_find_every_track_under_its_id_and_path(corpus):
    name, plans, found = corpus
    assert dict(found["path"]) == {track: audio_path(plan).removeprefix(f"{name}/") for track, plan in plans.items()}


def test_tracks_of_one_singer_or_album_have_one_id_and_others_another(corpus):
    _, plans, found = corpus
    for column, number in (("singer_id", "singer"), ("album_id", "album")):
        pairs = {(getattr(plans[track], number), value) for track, value in found[column].items()}
        assert len(pairs) == len({pair[0] for pair in pairs}) == len({pair[1] for pair in pairs})


def test_genres_survive(corpus):
    _, plans, found = corpus
    assert all(genre.lower() == plans[track].genre for track, genre in found["genre"].items())


@pytest.mark.parametrize("corpus", ["closed", "cloned", "fma"], indirect=True)
def test_names_and_licences_survive_where_the_layout_has_them(corpus):
    _, plans, found = corpus
    assert dict(found["singer_name"]) == {track: singer_name(plan.singer) for track, plan in plans.items()}
    assert set(found["licence"]) == {LICENCE}


@pytest.mark.parametrize("corpus", ["closed", "cloned"], indirect=True)
def test_manifests_tell_clones_from_real_tracks(corpus):
    _, plans, found = corpus
    methods = {track: method if isinstance(method, str) else None for track, method in found["clone_method"].items()}
    sources = {track: source if isinstance(source, str) else None for track, source in found["clone_source_id"].items()}
    assert methods == {track: plan.clone_method for track, plan in plans.items()}
    assert sources == {track: plan.original_id for track, plan in plans.items()}
    assert dict(found["singer_id"]) == {track: singer_id(plan.singer) for track, plan in plans.items()}
    assert dict(found["language"]) == {track: plan.language for track, plan in plans.items()}
