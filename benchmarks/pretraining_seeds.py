"""How much of a difference between variants would another pretraining give? The demo with several pretraining seeds.

    python -m benchmarks.pretraining_seeds [--env demo] [--seeds 3]

Runs the environment, pretrains, embeds and probes every variant again from other seeds, prints top-1 accuracies, and
writes `07_model_output/pretraining_seeds.csv`, which the report's comparison of models then shows. Corpora, splits,
stems and probe seeds are the same for all; a variant that is not pretrained has the same accuracy for each seed.
"""

import argparse
from typing import Any

import pandas as pd

from benchmarks.studies import load_predictions, run_study, run_variants, save_table, variant_parameters
from real_cloned.pipelines.study import configured_study

FIRST = 1000
"""Further seeds count from here, so that none is that of an environment."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", default="demo", help="environment of conf/")
    parser.add_argument("--seeds", type=int, default=3, help="pretraining seeds, the study's own among them")
    arguments = parser.parse_args()
    run_study(arguments.env)
    settings, variants = variant_parameters(arguments.env), configured_study().variants
    own = load_predictions(arguments.env, variants).assign(seed=0, is_study=True)
    tables = [own]
    for seed in range(1, arguments.seeds):
        reseeded = {variant: _reseeded(settings[variant], FIRST + seed) for variant in variants}
        names = {f"{variant}_seed{seed}": variant for variant, changed in reseeded.items() if changed is not None}
        predictions = run_variants(arguments.env, {name: reseeded[variant] or {} for name, variant in names.items()})
        pretrained = predictions.replace({"variant": names})
        fixed = own[~own["variant"].isin(names.values())]
        tables += [table.assign(seed=seed, is_study=False) for table in (pretrained, fixed)]
    keys = ["variant", "seed", "is_study", "corpus", "n_singers"]
    runs = pd.concat(tables, ignore_index=True).groupby([*keys, "run"])["is_top1"].mean()
    table = (100.0 * runs.groupby(keys).mean()).rename("top1").reset_index()
    save_table(arguments.env, "pretraining_seeds", table)
    run_study(arguments.env)
    by_seed = table.pivot_table(index=["corpus", "n_singers", "variant"], columns="seed", values="top1")
    summary = by_seed.assign(mean=by_seed.mean(axis=1), std=by_seed.std(axis=1, ddof=1))
    print(summary.round(1).to_string())


def _reseeded(settings: dict[str, Any], seed: int) -> dict[str, Any] | None:
    """Return the settings of a variant with another seed; None for one that is not pretrained."""
    if "seed" in settings:
        return {**settings, "seed": seed}
    if "seed" in settings.get("training", {}):
        return {**settings, "training": {**settings["training"], "seed": seed}}
    return None


if __name__ == "__main__":
    main()
