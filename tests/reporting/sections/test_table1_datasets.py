"""Table 1 counts the tracks that were kept."""

from real_cloned.reporting.sections.table1_datasets import dataset_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Splits, Tracks
from tests.reporting.fabricated import splits, tracks
from tests.reporting.figure_helpers import row


def test_table_1_counts_only_tracks_that_are_in_the_splits() -> None:
    closed = tracks({"a": 3, "b": 2, "c": 1}, duration_s=1800.0)
    used = splits(closed[closed["singer_id"] != "c"])
    line = row(dataset_table({"closed": closed}, {"closed": used}), corpus="closed")
    assert (line["singers"], line["songs"], line["hours"], line["songs_per_singer_min"]) == (2, 5, 2.5, 2)
    assert (line["published_singers"], line["published_songs"]) == (7500, 176141)


def test_table_1_counts_a_clone_for_each_singer_it_imitates_who_can_be_named() -> None:
    closed, clones = tracks({"a": 3, "b": 3, "z": 3}), tracks({"a": 2, "b": 1}, others=("z", "lost"))
    roles = {"closed": splits(closed).assign(role="test"), "cloned": splits(clones, "clone")}
    line = row(dataset_table({"closed": closed, "cloned": clones}, roles), corpus="cloned")
    assert (line["singers"], line["songs"], line["songs_per_singer_min"]) == (3, 3, 1)


def test_table_1_has_every_corpus_of_the_paper_when_none_is_configured() -> None:
    for table in (dataset_table({}, {}), dataset_table({"mtg": empty_table(Tracks)}, {"mtg": empty_table(Splits)})):
        assert table["corpus"].tolist() == ["train", "validation", "closed", "fma", "mtg", "cloned"]
        assert table[["singers", "songs", "hours"]].isna().all(axis=None)
        assert table["published_songs"].notna().all()
