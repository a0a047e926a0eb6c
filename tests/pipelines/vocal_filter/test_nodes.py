"""Which node gives the tracks of a corpus their roles, and that no track leaves it without a row."""

import pandas as pd

from real_cloned.pipelines.study import Study
from real_cloned.pipelines.vocal_filter import create_pipeline
from real_cloned.pipelines.vocal_filter.nodes import assign_clone_roles
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import PublishedSplits, Rejected
from tests.reporting.fabricated import splits, tracks
from tests.tiny import CORPUS, but


def test_the_clones_of_a_singer_who_fell_out_of_the_gallery_are_rejected_beside_what_was_rejected_before():
    gallery, clones = tracks({"a": 3, "b": 3}), tracks({"a": 2, "b": 1})
    before = Rejected.validate(pd.DataFrame({"track_id": "x", "path": "x", "stage": "ingest", "reason": ["silent"]}))
    asked, rejected = assign_clone_roles(
        tracks=clones,
        gallery_tracks=gallery,
        gallery_splits=splits(gallery[gallery["singer_id"] == "a"]),
        corpus=but(CORPUS, name="cloned", split="clone"),
        segments=clones[["track_id"]],
        published=empty_table(PublishedSplits),
        rejected_by_ingest=before,
        rejected_by_vocal_filter=empty_table(Rejected),
    )
    assert asked["track_id"].tolist() == ["a-0", "a-1"]
    assert rejected["track_id"].tolist() == ["x", "b-0"]


def test_clones_get_their_roles_after_the_singers_of_their_gallery():
    corpora = {"mine": {"name": "mine", "split": "probe"}}
    corpora["cloned"] = {"name": "cloned", "split": "clone", "gallery": "mine"}
    study = Study.from_parameters({"corpora": corpora, "pretrain": {"mfcc": {"name": "mfcc"}}})
    nodes = {node.name: node for node in create_pipeline(study).nodes}
    assert {"mine.splits", "corpora@mine.tracks"} <= set(nodes["vocal_filter.cloned.assign_roles"].inputs)
    assert len(nodes["vocal_filter.mine.assign_roles"].inputs) == 6
