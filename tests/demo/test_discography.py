"""The plan of the demo: who sings what, drawn from one seed."""

from collections import Counter

import pytest

from real_cloned.demo.discography import TRACKS_PER_ALBUM, plan_tracks, singer_name
from real_cloned.demo.effects import GENRES
from real_cloned.demo.score import LANGUAGES
from tests.tiny import DEMO, but

PLANS = plan_tracks(DEMO)
REAL = [plan for plan in PLANS if plan.source is None]
CLONES = [plan for plan in PLANS if plan.source is not None]


def test_each_corpus_has_as_many_singers_as_asked_for_and_they_sing_in_no_other():
    corpora = {plan.singer: plan.corpus for plan in REAL}
    assert Counter(corpora.values()) == DEMO.n_singers
    assert all(corpora[plan.singer] == plan.corpus for plan in REAL)


def test_every_singer_has_from_5_to_20_tracks():
    counts = Counter(plan.singer for plan in plan_tracks(but(DEMO, n_singers={"closed": 200})) if not plan.source)
    assert min(counts.values()) == 5
    assert 7 < max(counts.values()) <= 20


def test_track_ids_and_seeds_are_unique():
    assert len({plan.track_id for plan in PLANS}) == len(PLANS)
    assert [plan.number for plan in PLANS] == list(range(len(PLANS)))


def test_track_ids_look_as_the_corpora_that_the_demo_imitates_have_them():
    first = {plan.corpus: plan for plan in reversed(PLANS)}
    assert first["fma"].track_id == f"{first['fma'].number:06d}"
    assert first["mtg"].track_id == f"track_{first['mtg'].number:07d}"
    assert first["closed"].track_id == f"closed_{first['closed'].number:06d}"


def test_clones_are_made_by_the_three_methods_in_turn():
    assert [plan.clone_method for plan in CLONES] == [DEMO.clone_methods[place % 3] for place in range(12)]
    assert {plan.corpus for plan in CLONES} == {"cloned"}
    assert all(plan.clone_method is None for plan in REAL)


def test_each_target_is_cloned_as_often_as_asked_for_and_is_a_closed_singer():
    targets = Counter(plan.singer for plan in CLONES)
    assert list(targets.values()) == [4, 4, 4]
    assert set(targets) <= {plan.singer for plan in REAL if plan.corpus == "closed"}


@pytest.mark.parametrize("seed", range(5))
def test_neither_the_source_singer_nor_the_band_of_a_clone_is_the_targets(seed):
    plans = plan_tracks(but(DEMO, seed=seed))
    assert all(plan.singer not in (plan.source, plan.band) for plan in plans if plan.source is not None)


def test_a_clone_names_the_closed_track_of_its_source_singer_that_it_was_made_of():
    real = {plan.track_id: plan for plan in REAL}
    assert all(plan.original_track_id is None for plan in REAL)
    assert {real[plan.original_track_id].corpus for plan in CLONES} == {"closed"}
    assert all(real[plan.original_track_id].singer == plan.source for plan in CLONES)


def test_a_clone_is_a_song_of_its_source_singer():
    songs = {(plan.singer, plan.album, plan.band, plan.genre, plan.language) for plan in REAL}
    assert all((plan.source, plan.album, plan.band, plan.genre, plan.language) in songs for plan in CLONES)


@pytest.mark.parametrize(("loyalty", "lowest", "highest"), [(1.0, 1.0, 1.0), (0.5, 0.45, 0.65), (0.0, 0.0, 0.1)])
def test_singers_are_as_loyal_to_their_bands_as_asked_for(loyalty, lowest, highest):
    plans = plan_tracks(but(DEMO, n_singers={"train": 60}, band_loyalty=loyalty))
    share = sum(plan.band == plan.singer for plan in plans) / len(plans)
    assert lowest <= share <= highest


def test_bands_of_other_singers_come_from_the_same_corpus():
    members = {corpus: {plan.singer for plan in REAL if plan.corpus == corpus} for corpus in DEMO.n_singers}
    assert all(plan.band in members[plan.corpus] for plan in REAL)


def test_albums_hold_at_most_two_tracks_of_one_singer_so_that_everyone_has_three():
    albums = Counter((plan.album, plan.singer) for plan in REAL)
    assert max(albums.values()) == TRACKS_PER_ALBUM
    assert min(Counter(singer for _, singer in albums).values()) >= 3
    assert len({album for album, _ in albums}) == len(albums)


def test_genres_languages_lengths_and_shares_are_within_what_is_asked_for():
    for plan in plan_tracks(but(DEMO, duration_s=(4, 6))):
        assert plan.genre in GENRES
        assert plan.language in LANGUAGES
        assert 4 <= plan.duration_s <= 6
        assert plan.vocal_share == 0.3 or 0.85 <= plan.vocal_share <= 0.95


def test_the_same_seed_gives_the_same_plans_and_another_others():
    assert plan_tracks(DEMO) == PLANS
    assert plan_tracks(but(DEMO, seed=8)) != PLANS


def test_more_clones_leave_the_real_tracks_as_they_are():
    assert [plan for plan in plan_tracks(but(DEMO, n_clones_per_singer=7)) if plan.source is None] == REAL


def test_no_two_of_the_first_five_thousand_singers_share_a_name():
    assert len({singer_name(singer) for singer in range(5000)}) == 5000
