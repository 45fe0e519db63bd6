"""Tests with a WebUI and a server around them."""

from __future__ import annotations

import http.client
import os
from urllib.parse import urlsplit

from server_standin import StandinServer
from support import FolderTest
from webui_standin import WebUi, forget_extension


class WebUiTest(FolderTest):
    """A test with a server and a WebUI."""

    kind = "a1111"

    def setUp(self):
        super().setUp()
        self.server = StandinServer()
        self.addCleanup(self.server.close)
        os.environ["LORABRIDGE_URL"] = self.server.url
        (self.folder / "page").mkdir()
        (self.folder / "page" / "app.mjs").write_text("export const here = 1;\n")
        self.addCleanup(forget_extension)

    def start(self, **flags):
        webui = WebUi(self.folder / "webui", self.kind, self.folder / "page", **flags)
        webui.start()
        self.addCleanup(webui.stop)
        self.assertEqual(webui.errors, [])
        return webui


class EventReader:
    """Reads a stream of events by hand, asking for compression as every browser does."""

    def __init__(self, url, job="job-1", timeout=10):
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip, deflate, br"}
        if job == "job-1":
            headers["Last-Event-ID"] = "7"
        self.connection.request("GET", f"/lorabridge/v1/jobs/{job}/events", headers=headers)
        self.answer = self.connection.getresponse()

    def next(self):
        event = b""
        while not event.endswith(b"\n\n"):
            piece = self.answer.readline()
            if not piece:
                raise AssertionError(f"the stream ended after {event}")
            event += piece
        return event

    def rest(self):
        return self.answer.read()

    def close(self):
        self.connection.close()
