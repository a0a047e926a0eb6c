"""Nodes of the report."""

import re

import yaml

from real_cloned.pipelines.report.nodes import write_report
from tests.reporting.fabricated import parameters


def test_separator_and_seeds_are_those_of_the_recorded_parameters():
    recorded = {"separation.closed": {"separator": "htdemucs"}, "demo": {"seed": 11}, "probe": {"seed": 12}}
    made = write_report(parameters(), yaml.safe_dump(recorded))
    assert "Vocals were separated with htdemucs." in made
    facts = dict(re.findall(r"<t[hd][^>]*>(demo seed|probe seed)</t[hd]>\s*<td[^>]*>([^<]*)", made))
    assert facts == {"demo seed": "11", "probe seed": "12"}
