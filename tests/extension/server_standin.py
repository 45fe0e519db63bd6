"""A stand-in for the LoraBridge server: the few answers that the extension looks at, and a record of what reached it."""

from __future__ import annotations

import hashlib
import json
import queue
import select
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, Optional


class StandinServer:
    """Listens on a port of its own; as strict about Host, Origin and token as the real one."""

    def __init__(self, port: int = 0, token: Optional[str] = None, version: str = "0.1.0") -> None:
        self.token = token
        self.version = version
        self.jobs: List[Dict[str, Any]] = []
        self.requests: List[Dict[str, Any]] = []
        self.events: "queue.Queue[Optional[str]]" = queue.Queue()
        self.left = threading.Event()
        """Set when the client of /slow has gone away."""
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._http.owner = self  # type: ignore[attr-defined]
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=lambda: self._http.serve_forever(0.02), daemon=True).start()

    def close(self) -> None:
        self.events.put(None)
        self._http.shutdown()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        owner: StandinServer = self.server.owner  # type: ignore[attr-defined]
        path, _, query = self.path.partition("?")
        owner.requests.append({"method": self.command, "path": path, "query": query, "headers": {name.lower(): value for name, value in self.headers.items()}})
        if self.headers["Host"] != f"127.0.0.1:{owner.port}" or self.headers["Origin"]:
            return self._json({"detail": f"Host {self.headers['Host']} or Origin {self.headers['Origin']} is not allowed."}, 403)
        if owner.token and self.headers["Authorization"] != f"Bearer {owner.token}":
            return self._json({"detail": "A token is needed."}, 401, {"WWW-Authenticate": 'Basic realm="lorabridge"'})
        name = path.rsplit("/", 1)[-1]
        getattr(self, "do_" + name.replace("-", "_").split(".")[0], self.do_echo)()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def do_version(self) -> None:
        self._json({"version": self.server.owner.version, "dotnet": ".NET", "torch": {"supply": "system"}})  # type: ignore[attr-defined]

    def do_jobs(self) -> None:
        if self.command == "POST":
            self._read()
            return self._json({"jobs": [{"id": "job-1"}]}, 201, {"Location": "/lorabridge/v1/jobs/job-1"})
        self._json({"jobs": self.server.owner.jobs})  # type: ignore[attr-defined]

    def do_echo(self) -> None:
        self._json({"path": self.path, "body": self._read().decode("latin-1"), "headers": {name.lower(): value for name, value in self.headers.items()}},
                   headers={"Set-Cookie": "theirs=1", "Access-Control-Allow-Origin": "*"})

    def do_events(self) -> None:
        """Each event goes out alone, when the test puts it into the queue; None ends the stream."""
        self._start(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        while True:
            text = self.server.owner.events.get()  # type: ignore[attr-defined]
            piece = b"" if text is None else text.encode()
            try:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
            except OSError:
                return
            if text is None:
                return

    def do_pictures(self) -> None:
        """Takes an upload, keeping none of it."""
        digest, count = hashlib.sha256(), 0
        for piece in self._pieces():
            digest.update(piece)
            count += len(piece)
        self._json({"bytes": count, "sha256": digest.hexdigest()})

    def do_refused(self) -> None:
        """Answers before the body has come, as a server does that finds it too large."""
        self._json({"detail": "too large", "cure": "Send less."}, 413)
        time.sleep(0.3)                          # as real ones do: closed at once, with a body unread, the answer may be lost on the way
        self.close_connection = True

    def do_weights(self) -> None:
        """A file in full, in many pieces."""
        size = 3_000_000
        self._start(200, {"Content-Type": "application/octet-stream", "Content-Length": str(size)})
        if self.command != "HEAD":
            self.wfile.write(bytes(range(256)) * (size // 256) + bytes(size % 256))

    def do_cut(self) -> None:
        """Breaks off in the middle."""
        self._start(200, {"Content-Type": "application/octet-stream", "Content-Length": "100000"})
        self.wfile.write(b"x" * 500)
        self.wfile.flush()
        self.close_connection = True

    def do_mute(self) -> None:
        """Closes without a word."""
        self.close_connection = True

    def do_slow(self) -> None:
        """Works until nobody waits for it."""
        select.select([self.connection], [], [], 20)
        self.server.owner.left.set()  # type: ignore[attr-defined]
        self.close_connection = True

    def _pieces(self):
        if self.headers["Transfer-Encoding"] == "chunked":
            while True:
                length = int(self.rfile.readline(), 16)
                piece = self.rfile.read(length)
                self.rfile.readline()
                if not length:
                    return
                yield piece
        length = int(self.headers["Content-Length"] or 0)
        while length > 0:
            piece = self.rfile.read(min(length, 1 << 16))
            if not piece:
                return
            length -= len(piece)
            yield piece

    def _read(self) -> bytes:
        return b"".join(self._pieces())

    def _json(self, value: Any, status: int = 200, headers: Optional[Dict[str, str]] = None) -> None:
        body = json.dumps(value).encode()
        self._start(status, {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _start(self, status: int, headers: Dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
