"""Works in several versions: what versions share, what they do not, and who sings them."""

import numpy as np
import pytest

from real_cloned.demo.score import Groove
from real_cloned.demo.work_score import FORMS, draw_work, perform
from real_cloned.demo.works import FIRST_SINGER, plan_versions, render_version
from tests.tiny import COVER_DEMO, DEMO, but

SETS = ("train", "validation", "benchmark")
COUNTS = {"n_works": dict(zip(SETS, (8, 4, 5), strict=True)), "n_versions": dict(zip(SETS, (3, 2, 4), strict=True))}
PARAMETERS = but(COVER_DEMO, **COUNTS)
VERSIONS = list(plan_versions(PARAMETERS, seed=7))


def test_there_are_as_many_versions_as_asked_for_and_noise_is_performed_once():
    counts = {}
    for version in VERSIONS:
        counts.setdefault(version.subset, {}).setdefault(version.work, []).append(version)
    assert [sorted(map(len, works.values())) for works in counts.values()] == [[3] * 8, [2] * 4, [1] + [4] * 5]
    assert len({version.performance_id for version in VERSIONS}) == len(VERSIONS)


def test_no_work_and_no_singer_is_in_two_subsets_and_no_singer_is_of_the_study():
    for what in ("work", "singer"):
        sets = [{getattr(one, what) for one in VERSIONS if one.subset == name} for name in PARAMETERS.n_works]
        assert sum(map(len, sets)) == len(set.union(*sets))
    assert min(version.singer for version in VERSIONS) >= FIRST_SINGER


def test_the_versions_of_a_work_differ_in_singer_key_tempo_and_form():
    for work in {version.work for version in VERSIONS}:
        versions = [version for version in VERSIONS if version.work == work]
        for trait in ("singer", "semitones", "tempo_bpm", "form"):
            assert len({getattr(version, trait) for version in versions}) == len(versions)
        assert {version.form for version in versions} <= set(FORMS)


def test_a_version_plays_the_works_chords_in_its_key_tempo_and_form():
    work, version = draw_work(3, seed=7), VERSIONS[1]
    chords = perform(work, version, Groove(version.tempo_bpm, 0.0, 0.5), 60.0, 30).arrangement.chords[0].numpy()
    bar_frames = 4 * 60 / version.tempo_bpm / 0.01
    roots = [root for section in version.form for root in work.roots[section]]
    for bar in range(int(30 / 0.01 / bar_frames)):
        root = chords[0, int((bar + 0.5) * bar_frames)]
        assert root % 12 == (work.key + version.semitones + roots[bar % 16] + 4) % 12  # 52 is E


def test_the_melody_has_the_same_intervals_in_every_key_and_lies_in_the_singers_range():
    work, version = draw_work(3, seed=7), VERSIONS[0]
    groove, sung = Groove(120.0, 0.0, 0.5), []
    for semitones, voice in ((0, 55.0), (5, 62.5)):
        other = type(version)(**{**vars(version), "semitones": semitones})
        melody = perform(work, other, groove, voice, 10).melody
        middle = melody.interval[0].numpy()[melody.gate[0].numpy() > 0.5]
        assert abs(middle.mean()) < 9
        sung.append(np.round(middle + voice))
    difference = (sung[1] - sung[0]) % 12
    assert np.mean(difference == 5) > 0.9  # but for glides between notes


@pytest.mark.parametrize("number", [0, 30])
def test_a_version_is_rendered_alone_and_the_same_each_time(number):
    version = VERSIONS[number]
    one, two = (render_version(version, PARAMETERS, DEMO) for _ in range(2))
    assert one.shape == (4 * 8000,)
    assert 0.1 < np.abs(one).max() <= 1.0
    np.testing.assert_array_equal(one, two)
