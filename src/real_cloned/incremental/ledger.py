"""The ledger: of every stored output, what made it. One JSON file, written whole after every node.

It can be deleted at any time: what it does not know is made anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from real_cloned.core.files import atomic_write

VERSION = 2
Stamp = Mapping[str, Mapping[str, Any]]
"""What made an output, by kind (code, parameters, inputs, libraries, files) and then by name; all of it JSON."""


@dataclass(frozen=True)
class Made:
    """An output: what made it, the state that its files were left in, and a digest of what was in them."""

    stamp: Stamp
    state: str
    content: str


class Ledger:
    """What is known of the outputs of one environment.

    The file holds every value once, under its digest, since many outputs share parameters and code.
    """

    def __init__(self, path: Path):
        self.path = path
        self._made: dict[str, dict[str, str]] = {}
        self._begun: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Return the ledger at `path`; one that is missing, damaged or of another version is empty."""
        ledger = cls(path)
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            if told["version"] == VERSION:
                ledger._made, ledger._begun = dict(told["made"]), dict(told["begun"])
                ledger._values = dict(told["values"])
                ledger._forget_unused()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)
        return ledger

    def made(self, output: str) -> Made | None:
        """Return what is known of an output, if it was made to its end."""
        entry = self._made.get(output)
        if entry is None:
            return None
        return Made(self._unpacked(entry["stamp"]), entry["state"], entry["content"])

    def work_begun(self, output: str) -> str | None:
        """Return by what the work is known that a run was stopped at; None where none was."""
        return self._begun.get(output)

    def strike(self, outputs: Iterable[str], work: str) -> None:
        """Forget outputs that are about to be made by `work`, a digest of what makes them."""
        for output in outputs:
            self._made.pop(output, None)
            self._begun[output] = work
        self._write()

    def stamp(self, outputs: Mapping[str, Made]) -> None:
        """Write down outputs that have been made and stored."""
        for output, made in outputs.items():
            self._made[output] = {"stamp": self._packed(made.stamp), "state": made.state, "content": made.content}
            self._begun.pop(output, None)
        self._write()

    def _packed(self, stamp: Stamp) -> str:
        kinds = {
            kind: self._kept({name: self._kept(value) for name, value in of.items()}) for kind, of in stamp.items()
        }
        return self._kept(kinds)

    def _unpacked(self, key: str) -> Stamp:
        kinds = {kind: self._values[of] for kind, of in self._values[key].items()}
        return {kind: {name: self._values[value] for name, value in of.items()} for kind, of in kinds.items()}

    def _kept(self, value: Any) -> str:
        key = digest(value)
        self._values[key] = value
        return key

    def _forget_unused(self) -> None:
        self._made = {
            name: {key: entry[key] for key in ("stamp", "state", "content")} for name, entry in self._made.items()
        }
        stamps = {entry["stamp"] for entry in self._made.values()}
        kinds = {of for stamp in stamps for of in self._values[stamp].values()}
        values = {value for of in kinds for value in self._values[of].values()}
        self._values = {key: self._values[key] for key in stamps | kinds | values}

    def _write(self) -> None:
        told = {"version": VERSION, "made": self._made, "begun": self._begun, "values": self._values}
        with atomic_write(self.path) as path:
            path.write_text(json.dumps(told), encoding="utf-8")


def digest(value: Any) -> str:
    """Return a short hash of anything that JSON can hold; the order of keys does not count."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
