"""The paper's experiments: which singers are enrolled in which run (section 3.3).

Real tracks are tested against randomly drawn singers of their own corpus; clones against their target singers among
others drawn from the closed corpus.
"""

from dataclasses import dataclass

import numpy as np

from real_cloned.parameters import ProbeParameters
from real_cloned.probing.corpus import ProbeCorpus


@dataclass(frozen=True)
class Experiment:
    """One repetition: which singers are enrolled, and the seed of everything random in it."""

    enrolled: list[str]
    run: int
    seed: int


def draw_experiments(
    corpus: str, gallery: ProbeCorpus, queries: ProbeCorpus, parameters: ProbeParameters
) -> list[Experiment]:
    """Return the experiments on one corpus, run by run of each class count.

    They depend on the seed and the singers alone, so variants and baselines share them. The singers that clones imitate
    are always enrolled. A class count above what the gallery holds, or below what the clones need, is left out.
    """
    singers = sorted(gallery.n_train_tracks)
    clones = queries.tracks[queries.tracks["role"] == "clone"]
    needed = sorted(set(singers) & {singer for ids in clones["singer_ids"] for singer in ids})
    if queries.questions.empty:
        return []
    asked = parameters.class_counts(corpus, len(singers))
    counts = [count for count in asked if max(2, len(needed)) <= count <= len(singers)]
    experiments = []
    for count in counts:
        for run in range(parameters.n_runs):
            rng = np.random.default_rng([parameters.seed, count, run])
            others = rng.permutation([singer for singer in singers if singer not in needed])[: count - len(needed)]
            experiments.append(Experiment(sorted([*needed, *others.tolist()]), run, int(rng.integers(2**31))))
    return experiments
