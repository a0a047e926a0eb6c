"""One run at a time in a folder of data: a lock that the system opens when its holder dies, and a note of who holds it.

The note lies beside the lock file, since asking for a lock empties its file.
"""

import json
import os
import socket
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import atomic_write


class RunLock:
    """The right to write in `folder`, for one process at a time."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = FileLock(folder / ".run.lock")
        self._note = folder / ".run.json"

    def acquire(self) -> None:
        """Take the lock, also from a process that died with it, and note who has it.

        Raises RealClonedError when another run has it, naming that one, and when the folder cannot be written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
            self._write_note()
        except Timeout:
            raise RealClonedError(self._who()) from None
        except OSError as error:
            raise RealClonedError(
                f"{self.folder} cannot be written to ({error.strerror}), and all outputs go there: make it "
                "writable, or name another folder as `data` in conf/local/globals.yml"
            ) from error

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()

    def _write_note(self) -> None:
        now = datetime.now().astimezone().strftime("%H:%M:%S on %d %B %Y")
        with atomic_write(self._note) as path:
            path.write_text(json.dumps({"process": os.getpid(), "host": socket.gethostname(), "since": now}))

    def _who(self) -> str:
        try:
            note = json.loads(self._note.read_text())
            first = f"process {note['process']} on {note['host']}, since {note['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            first = "it has only just begun"
        return (
            f"another run is at work in {self.folder} ({first}), and two would overwrite each other's files: wait "
            "until it has ended, or stop it; runs of other environments have other folders"
        )
