"""Object storage for tests: moto's S3 server on the loopback address, which can be away for a while."""

import logging
import time
from threading import Thread

from upath import UPath

from real_cloned.core.files import resolve_path

BUCKET = "recordings"


class ObjectStorage:
    """A server that speaks S3.

    Attributes:
        environment: What tells boto's clients, in this process and in others, where it is.
    """

    def __init__(self):
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._make = ThreadedMotoServer
        self._server = self._make(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, self._port = self._server.get_host_and_port()
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://{host}:{self._port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def folder(self, name: str) -> UPath:
        """Return a folder of it."""
        return resolve_path(f"s3://{BUCKET}/{name}")

    def make_bucket(self) -> None:
        """Make the bucket that holds all folders."""
        import boto3

        boto3.client("s3").create_bucket(Bucket=BUCKET)

    def go_away(self, seconds: float) -> Thread:
        """Refuse all connections for a while; what is stored stays. Return the thread that ends with it."""
        self._server.stop()

        def come_back():
            time.sleep(seconds)
            self._server = self._make(ip_address="127.0.0.1", port=self._port, verbose=False)
            self._server.start()

        thread = Thread(target=come_back)
        thread.start()
        return thread

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()
