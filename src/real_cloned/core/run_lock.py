"""A lock that lets one run at a time write to a data folder, and a note of which process holds it.

The operating system releases the lock when its holder dies. The note is a file beside the lock file, since acquiring a
lock empties the lock file.
"""

import hashlib
import json
import os
import socket
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from real_cloned.core.errors import RealClonedError
from real_cloned.core.files import AnyPath, atomic_write, machine_folder


class RunLock:
    """The right of one process at a time to write to a folder.

    Args:
        folder: The data folder; `.run.lock` and `.run.json` are written in it. Object storage knows no locks: where the
            folder is remote the two are on this machine, and keep out its other runs only.
    """

    def __init__(self, folder: AnyPath):
        self.folder = folder
        name = hashlib.sha256(str(folder).encode()).hexdigest()[:24]
        own = folder if isinstance(folder, Path) else machine_folder(f"run-{name}")
        self._lock = FileLock(own / ".run.lock")
        self._note = own / ".run.json"

    def acquire(self) -> None:
        """Acquire the lock, also after a process that died while it held it, and write down who holds it.

        Raises:
            RealClonedError: When another run holds the lock (the message names it), or when the folder cannot be
                written to.
        """
        try:
            self._note.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
            self._write_note()
        except Timeout:
            raise RealClonedError(self._holder()) from None
        except OSError as error:
            raise RealClonedError(
                f"{self.folder} cannot be written to ({error.strerror}), and all outputs go there: make it "
                "writable, or name another folder as `data` in conf/local/globals.yml"
            ) from error

    def release(self) -> None:
        """Release the lock, if this object holds it."""
        if self._lock.is_locked:
            self._note.unlink(missing_ok=True)
            self._lock.release()

    def _write_note(self) -> None:
        now = datetime.now().astimezone().strftime("%H:%M:%S on %d %B %Y")
        with atomic_write(self._note) as path:
            path.write_text(json.dumps({"process": os.getpid(), "host": socket.gethostname(), "since": now}))

    def _holder(self) -> str:
        try:
            note = json.loads(self._note.read_text())
            holder = f"process {note['process']} on {note['host']}, since {note['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            holder = "it has only just begun"
        return (
            f"another run is at work in {self.folder} ({holder}), and two would overwrite each other's files: wait "
            "until it has ended, or stop it; runs of other environments have other folders"
        )
