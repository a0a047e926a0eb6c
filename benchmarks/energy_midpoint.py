"""Where singing is as likely as not, for the vocal filter's method `energy`: from windows whose truth is known.

After `kedro run --pipelines=ingest`: python -m benchmarks.energy_midpoint [--separator small] [--truth PATH]. It prints
the vocals' level against the mixture, as the separator finds it, in windows with and without singing, and the logistic
that parts them best: `energy_midpoint_db` and `energy_slope_db` of conf/base/parameters/vocal_filter.yml.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.detector_on_demo import full_scale, unmet_examples
from benchmarks.vocal_filter import RATE, ROOT, parameters
from real_cloned.vocals.detection.detectors import EnergyActivityDetector


def main() -> None:
    """Print the levels and the logistic."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", type=Path, default=ROOT / "data/01_raw/demo_truth")
    parser.add_argument("--separator", default="small")
    arguments = parser.parse_args()
    maker = unmet_examples(arguments.truth)
    settings = parameters("energy").model_copy(update={"separator": arguments.separator})
    detector = EnergyActivityDetector.load(settings, maker.stems)
    levels_db, sung = [], []
    for _ in range(20):
        examples = maker.draw(16)
        samples = full_scale(examples.windows)
        levels_db.append(detector.levels_db("examples", samples, round(settings.window_s * RATE)))
        sung.append(examples.activity.mean(dim=1).numpy() >= 0.5)
    level_db, truth = np.concatenate(levels_db).clip(min=-60), np.concatenate(sung)
    fit = LogisticRegression(class_weight="balanced", C=1e6).fit(level_db[:, None], truth)
    slope, offset = fit.coef_[0, 0], fit.intercept_[0]
    for name, part in (("singing", level_db[truth]), ("no singing", level_db[~truth])):
        print(f"{name:10}: quartiles of the level {np.percentile(part, [25, 50, 75]).round(1).tolist()} dB")
    print(f"energy_midpoint_db: {-offset / slope:.1f}\nenergy_slope_db: {1 / slope:.1f}")
    print(f"AUC {100 * roc_auc_score(truth, level_db):.1f}")


if __name__ == "__main__":
    main()
