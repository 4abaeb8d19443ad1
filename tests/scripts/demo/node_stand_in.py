"""A child process and an HTTP server that answer where the demo expects its node."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from scripts.demo.node import Node

TOKEN = "secret"


class Api(ThreadingHTTPServer):
    """The node's API: `studies` by Study Instance UID; 503 on /health/ready until `ready`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.studies: dict[str, dict[str, Any]] = {}
        self.ready = True


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Api)
        if self.path == "/health/ready":
            self._answer(200 if self.server.ready else 503, {"reasons": ["The model loads."]})
            return
        if self.headers["Authorization"] != f"Token {TOKEN}":
            self._answer(401, {})
            return
        study = self.server.studies.get(self.path.split("/")[3])
        self._answer(404 if study is None else 200, study or {})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        encoded = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Api]:
    """Run the API on a free loopback port."""
    api = Api()
    thread = threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        api.shutdown()
        thread.join()
        api.server_close()


@contextmanager
def node(folder: Path, api: Api, program: str = "import signal; signal.pause()", dicom_port: int = 0) -> Iterator[Node]:
    """Run a Python program in the place of the node's process."""
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    try:
        yield Node(process, folder, folder / "node.log", dicom_port=dicom_port, http_port=api.server_port)
    finally:
        process.kill()
        process.wait()
