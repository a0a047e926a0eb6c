"""Which levels and equalisers for `mashup`? Compared on singers and cloning methods that nothing else is judged on.

    python -m benchmarks.choosing [--seeds 2]

Runs the environment `choosing`, then each candidate with several pretraining seeds, and prints top-1 accuracies. The
rule was set before the first run: the candidate with the highest mean on clones is taken.
"""

import argparse
from typing import Any

import pandas as pd

from benchmarks.studies import run_study, run_variants, variant_parameters

LEVELS_DB = {"even": [-6.0, 6.0], "loud": [0.0, 10.0]}
"""By how much the voice is louder than the accompaniment."""
EQUALISERS_DB = {"strong": (6.0, 3.0), "weak": (3.0, 1.5)}
"""Of the voice and of the mix."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="pretraining seeds of each candidate")
    seeds = range(parser.parse_args().seeds)
    run_study("choosing")
    mashup = variant_parameters("choosing")["mashup"]
    variants: dict[str, Any] = {}
    for level, voice_db in LEVELS_DB.items():
        for equaliser, (voice_eq_db, eq_db) in EQUALISERS_DB.items():
            mix, augment = {**mashup["mix"], "voice_db": voice_db, "voice_eq_db": voice_eq_db}, mashup["augment"]
            settings = {**mashup, "mix": mix, "augment": {**augment, "eq_db": eq_db}}
            variants |= {f"{level}_{equaliser}_{seed}": {**settings, "seed": seed} for seed in seeds}
    print(_accuracies(run_variants("choosing", variants)).round(1).to_string())


def _accuracies(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over seeds, and each seed's accuracy, in percent, a row per corpus and candidate."""
    candidate = predictions["variant"].str.rpartition("_")
    table = predictions.assign(candidate=candidate[0], seed="seed " + candidate[2])
    keys = ["corpus", "candidate", "seed"]
    by_seed = 100 * table.groupby(keys)["is_top1"].mean().unstack("seed")  # every run asks as many tracks
    by_seed.insert(0, "mean", by_seed.mean(axis=1))
    return by_seed.sort_values(["corpus", "mean"], ascending=[True, False])


if __name__ == "__main__":
    main()
