"""What the tests share: the extension's package on the path, temporary folders, HTTP by hand."""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, Optional
from urllib.parse import urlsplit

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "extension"
if str(EXTENSION) not in sys.path:
    sys.path.insert(0, str(EXTENSION))


class Answer:
    """A whole answer."""

    def __init__(self, status: int, headers: Dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(address: str, method: str = "GET", body: Any = None, headers: Optional[Dict[str, str]] = None, timeout: float = 15) -> Answer:
    """One request, with nothing added that a browser would not be asked to add."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request(method, address[len(f"{parts.scheme}://{parts.netloc}"):], body=body, headers=headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def eventually(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Waits until it holds; fails the test when it does not."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("did not come true in time")
        time.sleep(0.01)


class FolderTest(unittest.TestCase):
    """A test with a folder of its own, in which the user's own folder lies, too."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="lorabridge-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        before = dict(os.environ)

        def restore() -> None:
            os.environ.clear()
            os.environ.update(before)

        self.addCleanup(restore)
        for name in [name for name in os.environ if name.startswith("LORABRIDGE_")]:
            del os.environ[name]
        os.environ["XDG_STATE_HOME"] = str(self.folder / "state")
        os.environ["HOME"] = str(self.folder / "home")
