"""The code that a function uses."""

import pytest

from real_cloned.incremental.code import PackageCode

MODULES = {
    "__init__.py": "from fake.parts import Part as Piece\nfrom fake.late import read\n",
    "parts.py": "LIMIT = 3\n\n\nclass Part:\n    '''A part.'''\n\n    def size(self):\n        return LIMIT  # most\n",
    "table.py": "from fake import late\n\nREADERS = {'late': late.read}\n",
    "late.py": "import scipy.signal as signals\n\n\ndef read():\n    return signals.lfilter\n",
    "lazy.py": "def load():\n    from fake import late\n\n    return late.read\n",
    "data.py": "FILE = 'weights.bin'\n",
    "weights.bin": "1",
    "nested/__init__.py": "",
    "nested/inner.py": "from ..parts import LIMIT as MOST\n\n\ndef most():\n    return MOST\n",
    "start.py": """
import fake
import fake.nested.inner
from fake.table import READERS

OTHER = 4


def by_package():
    return fake.Piece()


def by_table(name):
    return READERS[name]


def by_attribute():
    return fake.nested.inner.most()


def by_annotation(part: "fake.parts.Part"):
    return part


def inside():
    from fake.lazy import load

    def inner():
        return load()

    return inner


def by_data():
    from fake import data

    return data.FILE


class Holder:
    def method(self):
        return by_attribute()


def constant():
    return OTHER
""",
}


@pytest.fixture
def package(tmp_path):
    for name, text in MODULES.items():
        (tmp_path / "fake" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fake" / name).write_text(text)
    return tmp_path / "fake"


def closure(package, *names):
    return PackageCode("fake", package).closure(f"fake.{name}" for name in names)


@pytest.mark.parametrize(
    ("start", "files"),
    [
        ("start.by_package", {"parts.py"}),
        ("start.by_table", {"table.py", "late.py"}),
        ("start.by_attribute", {"nested/inner.py", "parts.py"}),
        ("start.by_annotation", {"parts.py"}),
        ("start.inside", {"lazy.py", "late.py"}),
        ("start.by_data", {"data.py", "weights.bin"}),
        ("start.Holder", {"nested/inner.py", "parts.py"}),
        ("start.constant", set()),
    ],
)
def test_a_start_reaches_the_modules_that_its_own_statements_import_and_nothing_else(package, start, files):
    assert closure(package, start).files.keys() == {"start.py"} | files


def test_a_start_that_is_reexported_is_looked_up_where_it_is_defined(package):
    assert closure(package, "Piece").files.keys() == {"parts.py"}


def test_libraries_are_those_of_the_code_that_is_reached(package):
    assert closure(package, "start.by_table").libraries == {"scipy"}
    assert closure(package, "start.by_package").libraries == frozenset()
    assert PackageCode("fake", package).closure(["pandas.concat"]).libraries == {"pandas"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("parts.py", "LIMIT = 3", "LIMIT = 5"),
        ("parts.py", "LIMIT = 3", "LIMIT = 3\nprint('imported')"),
        ("start.py", "fake.Piece()", "fake.Piece"),
        ("start.py", "OTHER = 4", "OTHER = 4\nprint('imported')"),
    ],
)
def test_a_change_is_seen_in_the_file_where_it_is_made(package, file, old, new):
    before = closure(package, "start.by_package").files
    (package / file).write_text(MODULES[file].replace(old, new))
    after = closure(package, "start.by_package").files
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == [file]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("parts.py", "A part.", "One part."),
        ("parts.py", "  # most", "  # at most"),
        ("parts.py", "LIMIT = 3", "LIMIT = \\\n    3"),
        ("start.py", "OTHER = 4", "OTHER = 5"),
        ("start.py", "return READERS[name]", "return READERS"),
        ("late.py", "signals.lfilter", "signals"),
    ],
)
def test_comments_docstrings_layout_and_code_that_is_not_reached_do_not_count(package, file, old, new):
    before = closure(package, "start.by_package").files
    assert old in MODULES[file]
    (package / file).write_text(MODULES[file].replace(old, new))
    assert closure(package, "start.by_package").files == before


def test_a_data_file_counts_by_its_content(package):
    before = closure(package, "start.by_data").files
    (package / "weights.bin").write_text("2")
    after = closure(package, "start.by_data").files
    assert [name for name in before if before[name] != after[name]] == ["weights.bin"]


def test_modules_that_import_each_other_are_read_once_each(package):
    (package / "a.py").write_text("from fake import b\n\n\ndef one():\n    return b.two()\n")
    (package / "b.py").write_text("from fake import a\n\n\ndef two():\n    return a.one()\n")
    assert closure(package, "a.one").files.keys() == {"a.py", "b.py"}


def test_names_that_reexport_each_other_end(package):
    (package / "a.py").write_text("from fake.b import thing\n")
    (package / "b.py").write_text("from fake.a import thing\n")
    assert closure(package, "a.thing").files == {}
