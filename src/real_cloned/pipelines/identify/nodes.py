"""Nodes of the answers to who is singing."""

import pandas as pd

from real_cloned.api import identification
from real_cloned.artifacts.weights import Weights
from real_cloned.identification.registry import Registry
from real_cloned.parameters.identify import IdentifyParameters
from real_cloned.reporting.identification_page import render_identifications


def list_recordings(parameters: IdentifyParameters) -> pd.DataFrame:
    """Return the Recordings to identify.

    Args:
        parameters: Which recordings, and where they have to lie.
    """
    return identification.list_recordings(parameters)


def identify_recordings(
    registry: tuple[Registry, Weights], recordings: pd.DataFrame, parameters: IdentifyParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return Identifications and Stretches of recordings, and the CloneRanks of known clones.

    Args:
        registry: Enrolled singers, and the encoder that hears them.
        recordings: `schemas.identification.Recordings`.
        parameters: How much has to be heard.
    """
    return identification.identify_recordings(registry, recordings, parameters)


def render_page(
    registry: tuple[Registry, Weights],
    recordings: pd.DataFrame,
    identifications: pd.DataFrame,
    stretches: pd.DataFrame,
    clone_ranks: pd.DataFrame,
) -> str:
    """Return the answers as one HTML page.

    Args:
        registry: Enrolled singers.
        recordings: `schemas.identification.Recordings`.
        identifications: `schemas.identification.Identifications`.
        stretches: `schemas.identification.Stretches`.
        clone_ranks: `schemas.identification.CloneRanks`.
    """
    tables = {"recordings": recordings, "stretches": stretches, "clone_ranks": clone_ranks}
    return render_identifications(identifications, tables, registry[0].singers, registry[0].config)
