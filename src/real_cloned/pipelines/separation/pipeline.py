"""Separation: the vocals (and, where asked, the accompaniment) of every used track.

{corpus}.splits, {corpus}.audio ──► {corpus}.stems ──► separation_summary
"""

from kedro.pipeline import Node, Pipeline

from real_cloned.pipelines.names import CORPORA, each, own
from real_cloned.pipelines.separation.nodes import separate, summarise, train_small_separator


def create_pipeline(**_: object) -> Pipeline:
    """Return one separation per corpus, and the stage's table."""
    summary = Node(
        summarise, each("{corpus}.stems"), "separation_summary", name="summarise_separation", tags="separation"
    )
    return sum(map(_corpus, CORPORA), Pipeline([summary]))


def create_training_pipeline(**_: object) -> Pipeline:
    """Return the training of the separator that ships with the package; no part of the study's own line."""
    inputs = ["demo.stems", "demo.truth", "params:train_separator"]
    return Pipeline([Node(train_small_separator, inputs, "small_separator", name="train_separator")])


def _corpus(corpus: str) -> Pipeline:
    inputs = ["tracks", "splits", "audio", "demo.stems", "params:separation", "params:corpora"]
    node = Node(separate, inputs, "stems", name="separate_vocals", tags="reads_raw_files")
    parameters = own(corpus, "separation", "corpora")
    return Pipeline([node], namespace=corpus, inputs={"demo.stems"}, parameters=parameters, tags="separation")
