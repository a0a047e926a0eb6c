"""Table 1 counts the tracks that were kept."""

from real_cloned.reporting.sections.table1_datasets import dataset_table, with_differences
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


def test_counts_are_subtracted_only_where_both_are_of_the_same_recordings() -> None:
    songs = {corpus: tracks({"a": 7, "b": 8}) for corpus in ("closed", "fma")}
    table = dataset_table(songs, {corpus: splits(rows) for corpus, rows in songs.items()})
    differences = [f"difference_{key}" for key in ("singers", "songs", "songs_per_singer_min")]
    real, made = (with_differences(table, synthetic).set_index("corpus")[differences] for synthetic in (False, True))
    assert real.loc["fma"].tolist() == [2 - 1019, 15 - 11676, 7 - 5]
    assert real.drop("fma").isna().all(axis=None)
    assert made.isna().all(axis=None)
