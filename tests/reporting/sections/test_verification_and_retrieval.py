"""The section on verification, with and without AS-norm."""

import numpy as np

from real_cloned.reporting.html_tables import DASH
from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.verification_and_retrieval import verification_section
from tests.reporting.fabricated import parameters
from tests.reporting.page_tables import verification


def section_of(table):
    return verification_section(ReportData(parameters(), {"verification": table}))


def test_without_a_cohort_nothing_is_said_of_as_norm():
    assert "AS-norm" not in str(section_of(verification(("vocal",))))


def test_rates_by_as_norm_stand_beside_the_plain_ones_and_a_variant_without_a_cohort_has_a_dash():
    table = verification(("vocal", "speaker"))
    is_normalised = table["variant"] == "speaker"
    rates = {"as_norm_equal_error_rate": 0.0567, "as_norm_min_dcf": 0.345}
    section = section_of(table.assign(**{name: np.where(is_normalised, rate, np.nan) for name, rate in rates.items()}))
    assert "By AS-norm" in section.text
    ends = [[cell.text for cell in row][-2:] for row in section.tables[0].rows]
    assert ends == [["5.7", "0.345"] if normalised else [DASH, DASH] for normalised in is_normalised]
