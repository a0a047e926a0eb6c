"""The ledger: what every stored output was made from. One JSON file, which is replaced as a whole after every node.

It can be deleted at any time: an output that it does not know is made again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from real_cloned.core.files import AnyPath, atomic_write
from real_cloned.incremental.fingerprint import Fingerprint, digest

VERSION = 3


@dataclass(frozen=True)
class OutputRecord:
    """What is known of an output that was made and stored.

    Attributes:
        fingerprint: What it was made from.
        state: The state of its files after they were stored.
        content_hash: A hash of what was in them.
    """

    fingerprint: Fingerprint
    state: str
    content_hash: str


class Ledger:
    """The records of the outputs of one environment.

    The file holds every value once, by its hash, because many outputs share parameters and code.

    Args:
        path: The ledger's file, which need not exist.
    """

    def __init__(self, path: AnyPath):
        self.path = path
        self._outputs: dict[str, dict[str, str]] = {}
        self._started: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    @classmethod
    def read(cls, path: AnyPath) -> "Ledger":
        """Return the ledger of a file; one that is missing, damaged or of another version is empty.

        Args:
            path: The ledger's file.
        """
        ledger = cls(path)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["version"] == VERSION:
                ledger._outputs, ledger._started = dict(content["outputs"]), dict(content["started"])
                ledger._values = dict(content["values"])
                ledger._remove_unused_values()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)
        return ledger

    def outputs(self) -> list[str]:
        """Return the names of all outputs that were made, or whose making was started."""
        return list(dict.fromkeys([*self._outputs, *self._started]))

    def get(self, output: str) -> OutputRecord | None:
        """Return the record of an output; None if it was not made to its end.

        Args:
            output: The dataset's name.
        """
        entry = self._outputs.get(output)
        if entry is None:
            return None
        return OutputRecord(self._unpack(entry["fingerprint"]), entry["state"], entry["content_hash"])

    def started_work(self, output: str) -> str | None:
        """Return the id of the work on an output during which a run was stopped; None if there is none.

        Args:
            output: The dataset's name.
        """
        return self._started.get(output)

    def invalidate(self, outputs: Iterable[str], work_id: str) -> None:
        """Remove the records of outputs that are about to be made.

        Args:
            outputs: The datasets' names.
            work_id: A hash of what they are about to be made from (`NodeState.work_id`).
        """
        for output in outputs:
            self._outputs.pop(output, None)
            self._started[output] = work_id
        self._write()

    def record(self, outputs: Mapping[str, OutputRecord]) -> None:
        """Write down outputs that have been made and stored.

        Args:
            outputs: The records by the datasets' names.
        """
        for output, made in outputs.items():
            fingerprint = self._pack(made.fingerprint)
            entry = {"fingerprint": fingerprint, "state": made.state, "content_hash": made.content_hash}
            self._outputs[output] = entry
            self._started.pop(output, None)
        self._write()

    def _pack(self, fingerprint: Fingerprint) -> str:
        """Store a fingerprint as three levels of values by their hash, and return its own hash."""
        by_kind = {
            kind: self._store({name: self._store(value) for name, value in values.items()})
            for kind, values in fingerprint.items()
        }
        return self._store(by_kind)

    def _unpack(self, key: str) -> Fingerprint:
        by_kind = {kind: self._values[values] for kind, values in self._values[key].items()}
        return {kind: {name: self._values[value] for name, value in values.items()} for kind, values in by_kind.items()}

    def _store(self, value: Any) -> str:
        key = digest(value)
        self._values[key] = value
        return key

    def _remove_unused_values(self) -> None:
        """Keep the values of recorded outputs; raises KeyError where the file lacks one."""
        fields = ("fingerprint", "state", "content_hash")
        self._outputs = {name: {key: entry[key] for key in fields} for name, entry in self._outputs.items()}
        fingerprints = {entry["fingerprint"] for entry in self._outputs.values()}
        kinds = {kind for fingerprint in fingerprints for kind in self._values[fingerprint].values()}
        values = {value for kind in kinds for value in self._values[kind].values()}
        self._values = {key: self._values[key] for key in fingerprints | kinds | values}

    def _write(self) -> None:
        content = {"version": VERSION, "outputs": self._outputs, "started": self._started, "values": self._values}
        with atomic_write(self.path) as path:
            path.write_text(json.dumps(content), encoding="utf-8")
