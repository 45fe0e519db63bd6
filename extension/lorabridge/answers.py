"""Answers of our own, as ASGI messages."""

from __future__ import annotations

import json
from typing import Any, Awaitable, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


def header(scope: Scope, name: bytes) -> Optional[str]:
    """A request's header (lower case name)."""
    for key, value in scope.get("headers") or ():
        if key.lower() == name:
            return value.decode("latin-1")
    return None


async def send_bytes(send: Send, status: int, body: bytes, content_type: str, headers: Iterable[Tuple[bytes, bytes]] = ()) -> None:
    """A whole answer."""
    start: List[Tuple[bytes, bytes]] = [
        (b"content-type", content_type.encode("latin-1")),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, value: Any, status: int = 200) -> None:
    """A JSON answer that is never kept in a cache."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8")
    await send_bytes(send, status, body, "application/json; charset=utf-8", [(b"cache-control", b"no-store")])


async def send_problem(send: Send, status: int, code: str, detail: str, cure: str = "", headers: Iterable[Tuple[bytes, bytes]] = ()) -> None:
    """Problem details (RFC 9457) as the server's, with a code that the page can tell apart and the cure in words."""
    problem: Dict[str, Any] = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status,
                               "code": code, "detail": detail}
    if cure:
        problem["cure"] = cure
    body = json.dumps(problem, ensure_ascii=False).encode("utf-8")
    await send_bytes(send, status, body, "application/problem+json", [(b"cache-control", b"no-store"), *headers])


_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           413: "Content Too Large", 502: "Bad Gateway", 503: "Service Unavailable"}
