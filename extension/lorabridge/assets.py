"""The page's files, from the extension's own folder: they are there also when the server is not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Optional
from urllib.parse import unquote

from .answers import Scope, Send, header, send_bytes, send_problem

TYPES = {".mjs": "text/javascript; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".html": "text/html; charset=utf-8", ".json": "application/json; charset=utf-8", ".svg": "image/svg+xml",
         ".png": "image/png", ".webp": "image/webp", ".ico": "image/x-icon", ".woff2": "font/woff2"}
"""Not the system's table: on Windows a program's installer may have said that scripts are text."""


class Assets:
    """Serves the files below a folder that have one of the known endings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def answer(self, rest: bytes, scope: Scope, send: Send) -> None:
        """`rest` is the file's address below the folder, percent-encoded."""
        path = self._find(unquote(rest.decode("latin-1")))
        if path is None:
            await send_problem(send, 404, "asset", "The page has no such file.", "Reload the page; if that does not help, install the extension anew.")
            return
        body = path.read_bytes()
        tag = '"' + hashlib.sha256(body).hexdigest()[:20] + '"'
        # asked anew each time, so that an updated extension is never mixed with its old files
        headers = [(b"etag", tag.encode()), (b"cache-control", b"no-cache")]
        if tag in (header(scope, b"if-none-match") or ""):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await send_bytes(send, 200, b"" if scope["method"] == "HEAD" else body, TYPES[path.suffix], headers)

    def _find(self, name: str) -> Optional[Path]:
        if "\0" in name or "\\" in name:
            return None
        path = (self._folder / name.lstrip("/")).resolve()
        if path.suffix not in TYPES or self._folder not in path.parents or not path.is_file():
            return None
        return path
