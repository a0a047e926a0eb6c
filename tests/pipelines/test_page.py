"""The door to the page."""

import re

import yaml

from real_cloned.pipelines.report.page import page
from tests.reporting.fabricated import parameters


def test_separator_and_seeds_are_those_of_the_recorded_parameters():
    told = {"separation.closed": {"separator": "htdemucs"}, "demo": {"seed": 11}, "probe": {"seed": 12}}
    made = page(parameters(), yaml.safe_dump(told))
    assert "Vocals were separated with htdemucs." in made
    facts = dict(re.findall(r"<t[hd][^>]*>(demo seed|probe seed)</t[hd]>\s*<td[^>]*>([^<]*)", made))
    assert facts == {"demo seed": "11", "probe seed": "12"}
