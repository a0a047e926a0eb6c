"""Errors that a user can act on, and what to say of those of the operating system and of remote storage."""

import errno
import os

STORAGE_LIBRARIES = {"aiobotocore", "aiohttp", "azure", "botocore", "fsspec", "gcsfs", "google", "requests", "urllib3"}
"""Whose errors say that remote storage cannot be reached or refuses something."""

OS_ERROR_HINTS = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "your share of the disk is full: free some space",
    errno.EROFS: "its folder can only be read: make it writable, or name another as `data` in conf/local/globals.yml",
    errno.EACCES: "permission is denied: allow it (chmod, chown), or name another folder as `data` in "
    "conf/local/globals.yml",
    errno.EPERM: "permission is denied: allow it (chmod, chown)",
    errno.EFBIG: "it is larger than the system allows: raise the limit (ulimit -f)",
    errno.EIO: "input/output error: check the disk",
    errno.ENAMETOOLONG: "its path is too long: move the project to a shorter one",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine: close some",
    errno.ENOENT: "it is not there: put it back",
}
"""What is wrong and what a user can do about it, by error number."""


class RealClonedError(Exception):
    """An error in the input, the parameters or the machine that the user can correct.

    The message names the object, its value and the remedy; the command line prints it without a traceback.
    """


def system_message(error: OSError) -> str | None:
    """Return what is wrong with a file and what to do about it; None for an error without a hint.

    Args:
        error: What the operating system reported.
    """
    if error.errno not in OS_ERROR_HINTS:
        return None
    about = f"{error.filename}: " if error.filename else ""
    return f"{about}{OS_ERROR_HINTS[error.errno]}, and run again ({os.strerror(error.errno)})"


def storage_message(error: BaseException) -> str | None:
    """Return what is wrong with a remote file system and what to do about it; None for an error of another kind.

    Args:
        error: What its library reported.
    """
    if STORAGE_LIBRARIES.isdisjoint(one.__module__.partition(".")[0] for one in type(error).__mro__):
        return None
    return f"remote storage: {error}; check the address, the credentials and the network, and run again"
