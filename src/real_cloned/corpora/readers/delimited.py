"""Tables of text as people have them: with commas, semicolons or tabs between the fields, from any program.

A field that holds the separator stands between double quotes (RFC 4180). A row with more fields than the header lacks
such quotes somewhere. Nobody knows which of its fields is which, so the table is not read. Everything stays text.
"""

import codecs
import csv
import io

import pandas as pd

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""Those that spreadsheets write, and how a message calls them."""

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""How files begin that Excel saves as "Unicode text"."""


def read_delimited(file: AnyPath) -> tuple[pd.DataFrame, str]:
    """Read a table with a header; rows without any text are passed over, and fields that a row lacks are empty.

    Args:
        file: Its path.

    Returns:
        The table, all text, and what separates its fields, as SEPARATORS calls it.

    Raises:
        RealClonedError: It cannot be read, is in neither UTF-8 nor UTF-16, has a row with more fields than the header,
            names a column twice, or quotes are not closed; the message names the line.
    """
    text = _read_text(file)
    lines = csv.reader(io.StringIO(text, newline=""))  # replaced once the separator is known
    try:
        separator = _detect_separator(text)
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        header = [name.strip() for name in next(lines, [])]
        rows = [_check_row(row, header, f"{file}, line {lines.line_num}", separator) for row in lines if any(row)]
    except csv.Error as error:
        raise RealClonedError(
            f"{file}, line {lines.line_num}: {error}. A field that begins with a double quote has to end with one, and "
            "those within it are doubled"
        ) from error
    _check_header(header, file)
    return pd.DataFrame(rows, columns=pd.Index(header, dtype=object), dtype=object), SEPARATORS[separator]


def _read_text(file: AnyPath) -> str:
    try:
        content = file.read_bytes()
        return content.decode("utf-16" if content.startswith(UTF_16) else "utf-8-sig")
    except (ValueError, OSError) as error:
        raise RealClonedError(f"{file} cannot be read ({error}); it must be a table with a header, in UTF-8") from error


def _detect_separator(text: str) -> str:
    """Return the separator that gives the header the most fields."""
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(SEPARATORS, key=lambda separator: len(next(csv.reader([header], delimiter=separator), [])))


def _check_row(row: list[str], header: list[str], location: str, separator: str) -> list[str]:
    if any(field.strip() for field in row[len(header) :]):
        raise RealClonedError(
            f"{location}: {len(row)} fields, but the header has {len(header)}, separated by {SEPARATORS[separator]}: "
            f"{separator.join(row)}. Write a field that holds the separator between double quotes, such as "
            f'"Simone{separator} Nina"'
        )
    return row[: len(header)] + [""] * (len(header) - len(row))


def _check_header(header: list[str], file: AnyPath) -> None:
    if not any(header):
        raise RealClonedError(f"{file} is empty; it must be a table with a header, in UTF-8")
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise RealClonedError(f"{file} has more than one column {', '.join(map(repr, twice))}: name each once")
