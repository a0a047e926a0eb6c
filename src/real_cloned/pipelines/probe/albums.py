"""The album effect: the probe on a split by album, and by the paper's split on the same singers.

{corpus}.splits ──► {corpus}.album_splits ──┐
{variant}.{corpus}.embeddings ──────────────┴──► {variant}.{corpus}.album_predictions, track_predictions
"""

from itertools import product

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import REAL, VARIANTS, dotted, own
from real_cloned.pipelines.probe.nodes import name_singers_by_album, part_by_album
from real_cloned.pipelines.probe.placing import HOW, WHERE, WHO, placed, side


def create_pipeline() -> Pipeline:
    """Return a split by album per corpus of real singers, and a probe on it per variant."""
    probes = [_probe(variant, corpus) for variant, corpus in product(VARIANTS, REAL)]
    return sum([*map(_splits, REAL), *probes], Pipeline([]))


def _splits(corpus: str) -> Pipeline:
    tables = [dotted(corpus, "tracks"), dotted(corpus, "splits")]
    node = Node(part_by_album, ["params:corpora", *tables], "album_splits", name="part_by_album")
    return Pipeline([node], namespace=corpus, inputs=set(tables), parameters=own(corpus, "corpora"), tags="probe")


def _probe(variant: str, corpus: str) -> Pipeline:
    tables = [dotted(corpus, "album_splits"), *side(variant, corpus)]
    made = ["album_predictions", "track_predictions"]
    return placed(name_singers_by_album, [WHO, WHERE, HOW], tables, made, (variant, corpus))
