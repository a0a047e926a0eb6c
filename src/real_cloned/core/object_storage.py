"""S3 with patience: a request that storage does not answer is made again for more than a minute.

fsspec takes this class for `s3://` (`core.files` tells it so), in all processes. s3fs by itself tries five times,
within a second. botocore's own way to try again has a budget for all requests of a process, which those of one batch
use up.
"""

import logging
import time

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError
from s3fs import S3FileSystem
from s3fs.core import set_custom_error_handler

logger = logging.getLogger(__name__)

TRIES = 14
"""s3fs waits 0.1 s before the second, 1.7 times longer before each other one, at most 15 s: 90 s in all."""

SAY_AGAIN_S = 10.0
"""Seconds after which it is said again that storage does not answer."""

_said = -SAY_AGAIN_S


class PatientS3FileSystem(S3FileSystem):
    """`s3fs.S3FileSystem` that tries a request again for more than a minute."""

    retries = TRIES


def _is_away(error: Exception) -> bool:
    """Tell whether an error says that storage does not answer, and say so on the console."""
    global _said
    if not isinstance(error, NoConnection | HTTPClientError):
        return False
    if time.monotonic() - _said >= SAY_AGAIN_S:
        _said = time.monotonic()
        logger.warning("storage does not answer, asking again (%s)", error)
    return True


set_custom_error_handler(_is_away)
