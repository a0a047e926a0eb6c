"""The page that holds everything: which tables and parameters it shows, and the doors to it."""

from typing import Any

import pandas as pd
import yaml

from real_cloned.parameters.base import Parameters
from real_cloned.parameters.ingest import CorpusParameters, DemoParameters
from real_cloned.parameters.probe import ProbeParameters
from real_cloned.parameters.report import ReportParameters
from real_cloned.parameters.separation import SeparationParameters
from real_cloned.parameters.variants import VariantParameters
from real_cloned.pipelines.names import CORPORA, VARIANTS, dotted
from real_cloned.reporting.page import render_page, run_facts

TABLES = [
    "table1_datasets", "table2_open_datasets", "table3_prior_work", "accuracies", "languages", "singers",
    "figure1_numbers", "figure2_numbers", "figure3_numbers", "figure4_numbers", "comparisons", "baselines",
    "verification", "retrieval", "singer_map_numbers", "calibration", "reliability_numbers", "not_enrolled_numbers",
    "album_split", "context_numbers", "cross_synthesis_numbers", "training_history", "rejected_files",
]  # fmt: skip
"""Catalog names of what the page shows; `reporting.sections` takes the tables by these names."""
SETTINGS = [
    "probe", "report", "demo", *(dotted("pretrain", variant) for variant in VARIANTS),
    *(dotted(kind, corpus) for corpus in CORPORA for kind in ("corpora", "separation")),
]  # fmt: skip
MODELS: dict[str, Any] = {
    "probe": ProbeParameters, "report": ReportParameters, "demo": DemoParameters, "pretrain": VariantParameters,
    "corpora": CorpusParameters, "separation": SeparationParameters,
}  # fmt: skip
PAGE_INPUTS = {"report": "params:report"} | {name: name for name in ["run_parameters", *TABLES]}
SETTINGS_INPUTS = {name: f"params:{name}" for name in SETTINGS}


def run_parameters(**settings: Any) -> str:
    """Return the parameters of the run as YAML, each made whole: Kedro hands on bare what no node of the run types."""
    models: dict[str, Parameters] = {
        name: MODELS[name.partition(".")[0]].model_validate(given) for name, given in settings.items()
    }
    text: str = yaml.safe_dump({name: model.model_dump(mode="json") for name, model in models.items()}, sort_keys=False)
    return text


def page(report: ReportParameters, run_parameters: str, **tables: pd.DataFrame) -> str:
    """Return the page."""
    told = yaml.safe_load(run_parameters)
    seeds = {f"{name} seed": str(told[name]["seed"]) for name in ("demo", "probe")}
    facts = run_facts({"separator": told["separation.closed"]["separator"], **seeds})
    settings = {name: yaml.safe_dump(given, sort_keys=False) for name, given in told.items()}
    return render_page(report, facts, tables, settings)
