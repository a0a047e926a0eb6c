"""The code that a function reaches."""

import pytest

from real_cloned.incremental.code import Code

PARTS = {
    "__init__.py": "from fake.parts import Part as Piece\n",
    "parts.py": "LIMIT = 3\nOTHER = 4\n\n\nclass Base:\n    def size(self):\n        return LIMIT\n\n\n"
    "class Part(Base):\n    def own(self):\n        return 1\n",
    "table.py": "from fake import late\n\nREADERS = {'late': late.read}\n",
    "late.py": "import scipy.signal as signals\n\n\ndef read():\n    return signals.lfilter\n",
    "shadow.py": "from fake import parts\n\n\ndef use(parts):\n    return parts\n",
    "nested/__init__.py": "",
    "nested/inner.py": "from ..parts import LIMIT as MOST\n\n\ndef most():\n    return [MOST for _ in 'ab']\n",
    "start.py": """
import fake
import fake.nested.inner
from fake.table import READERS


def by_base():
    return fake.Piece()


def by_table(name):
    return READERS[name]


def by_relative():
    return fake.nested.inner.most()


def by_annotation(part: "fake.parts.Part"):
    return part


def lazily():
    from fake.parts import OTHER

    def inner():
        return OTHER

    return inner


class Holder:
    def method(self):
        return by_relative()
""",
}


@pytest.fixture
def package(tmp_path):
    for name, text in PARTS.items():
        (tmp_path / "fake" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "fake" / name).write_text(text)
    return tmp_path / "fake"


def reached(package, name):
    return Code("fake", package).reached((f"fake.{name}",))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("start.by_base", "parts.LIMIT"),
        ("start.by_table", "late.read"),
        ("start.by_relative", "parts.LIMIT"),
        ("start.by_annotation", "parts.Base"),
        ("start.lazily", "parts.OTHER"),
        ("start.Holder", "nested.inner.most"),
    ],
)
def test_names_are_followed_through_imports_attributes_classes_tables_and_functions_inside(package, start, end):
    assert f"fake.{end}" in reached(package, start).symbols


def test_what_is_not_named_is_not_reached(package):
    assert "fake.parts.OTHER" not in reached(package, "start.by_base").symbols
    assert reached(package, "shadow.use").symbols == {"fake.shadow.use"}


def test_libraries_are_those_of_the_code_that_is_reached(package):
    assert reached(package, "start.by_table").libraries == {"scipy"}
    assert reached(package, "start.by_base").libraries == frozenset()
    assert Code("fake", package).reached(("pandas.concat",)).libraries == {"pandas"}


def test_a_change_is_seen_in_the_file_where_it_is_made(package):
    before = reached(package, "start.by_base").files
    (package / "parts.py").write_text(PARTS["parts.py"].replace("LIMIT = 3", "LIMIT = 5"))
    after = reached(package, "start.by_base").files
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == ["parts.py"]


def test_what_a_module_does_when_it_is_imported_belongs_to_its_code(package):
    before = reached(package, "start.by_base").files
    (package / "parts.py").write_text(PARTS["parts.py"] + "\nprint('loaded')\n")
    assert reached(package, "start.by_base").files != before


def test_modules_that_import_each_other_are_read_once_each(package):
    (package / "a.py").write_text("from fake import b\n\n\ndef one():\n    return b.two()\n")
    (package / "b.py").write_text("from fake import a\n\n\ndef two():\n    return a.one()\n")
    assert reached(package, "a.one").symbols == {"fake.a.one", "fake.b.two"}
