"""Passes requests of the tab's page on to the server, and its answers back, as they come.

Through the WebUI's own origin, so that it works on another machine, behind TLS or below a folder wherever the WebUI does; the
server's token is added here and never reaches a browser.
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable, List, Optional, Tuple

from .answers import Receive, Scope, Send, send_problem
from .http1 import Exchange, Head, Header, ServerAway, ServerBroken
from .settings import Address

_HOP_BY_HOP = {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
               b"transfer-encoding", b"upgrade"}

# a browser's word about itself and the WebUI is none for the server: its login, its origin, who stands between
_NOT_SENT = _HOP_BY_HOP | {b"host", b"origin", b"referer", b"cookie", b"authorization", b"accept-encoding", b"content-length", b"expect",
                           b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}

_NOT_ANSWERED = _HOP_BY_HOP | {b"server", b"date", b"set-cookie", b"www-authenticate", b"alt-svc", b"strict-transport-security"}

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_LOOK_FOR_CLOSING = 0.5
_CLIENT_LEFT = 499


class Proxy:
    """Forwards to one server."""

    def __init__(self, address: Callable[[], Address], token: Callable[[], Optional[str]],
                 on_answer: Callable[[str, bytes, int, Optional[str]], None] = lambda *_: None) -> None:
        """`on_answer` hears method, path, the server's status and the token that was sent."""
        self._address = address
        self._token = token
        self._on_answer = on_answer

    async def forward(self, path: bytes, before: bytes, scope: Scope, receive: Receive, send: Send,
                      is_closing: Callable[[], bool] = lambda: False) -> None:
        """`path` is the server's; `before` what stands before /lorabridge in the browser's address."""
        if scope["method"] not in _METHODS:
            await send_problem(send, 405, "method", f"{scope['method']} is not passed on.", "Use one of the API's methods.")
            return
        address, token = self._address(), self._token()
        try:
            exchange = await Exchange.open(address)
        except ServerAway as away:
            # no cure apart: what stands above the page shows it, and the page takes a 502 without one for a server that is away
            await send_problem(send, 502, "away", f"The LoraBridge server does not answer: {away}. Start it in the LoraBridge tab or with "
                                                  "./lorabridge serve, or correct its address in the settings.")
            return
        answer = _Answer(exchange, send, address, before)
        try:
            await self._carry(exchange, answer, path, _headers(scope, address, token), scope, receive, is_closing)
            if answer.said is not None:
                self._on_answer(scope["method"], path, answer.said, token)
        except ServerBroken as broken:
            if answer.status is None:
                await send_problem(send, 502, "broken", f"The LoraBridge server did not answer this: {broken}. It may have been stopped "
                                                        "just now; its log says why.")
            elif not answer.is_event_stream:     # whose reader comes again by itself; other bodies must not look whole
                raise
        finally:
            exchange.close()

    async def _carry(self, exchange: Exchange, answer: "_Answer", path: bytes, headers: List[Header], scope: Scope, receive: Receive,
                     is_closing: Callable[[], bool]) -> None:
        query = scope.get("query_string") or b""
        has_body, length = _body_of(scope)
        try:
            await exchange.begin(scope["method"], path + (b"?" + query if query else b""), headers, length if has_body else b"")
        except OSError as error:
            raise ServerBroken("it closed the connection") from error

        upload = asyncio.ensure_future(_pump(exchange, receive))
        download = asyncio.ensure_future(answer.pump())
        closing = asyncio.ensure_future(_wait_until(is_closing))
        tasks = (upload, download, closing)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if upload in done and download not in done and upload.result() == "refused":
                # the server stopped listening: its answer, such as "too large", is on its way
                done, _ = await asyncio.wait((download, closing), return_when=asyncio.FIRST_COMPLETED)
            if download in done:
                download.result()
                return
            await _cancel(download)
            if closing in done and not answer.is_event_stream:
                raise ServerBroken("the WebUI's page is being reloaded")
            await answer.give_up()
        finally:
            await _cancel(*tasks)


class _Answer:
    """What goes back to the browser."""

    def __init__(self, exchange: Exchange, send: Send, address: Address, before: bytes) -> None:
        self._exchange = exchange
        self._send = send
        self._address = address
        self._before = before
        self.said: Optional[int] = None
        """The server's status."""
        self.status: Optional[int] = None
        """The one that went to the browser."""
        self.is_event_stream = False

    async def pump(self) -> None:
        """Passes the whole answer on."""
        head = await self._exchange.head()
        self.said = head.status
        if head.status == 401:
            # as it stands it would say that the WebUI's own login is wanting
            self.status = 502
            await send_problem(self._send, 502, "token", "The LoraBridge server asks for a token, and has refused what this WebUI has.",
                               "Enter the server's token in the LoraBridge tab; the server prints it when it starts with --listen.")
            return
        self.is_event_stream = (head.get(b"content-type") or b"").startswith(b"text/event-stream")
        headers = self._headers(head)
        await self._send({"type": "http.response.start", "status": head.status, "headers": headers})
        self.status = head.status
        if (b"content-encoding", b"identity") in headers:
            # what packs answers keeps their heads back until a body comes, which an event stream may not have for long
            await self._send({"type": "http.response.body", "body": b"", "more_body": True})
        async for piece in self._exchange.body(head):
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self.end()

    async def give_up(self) -> None:
        """Ends what nobody waits for any more. The WebUI's layers log an error where an answer is missing."""
        if self.status is None:
            await self._send({"type": "http.response.start", "status": _CLIENT_LEFT, "headers": []})
        await self.end()

    async def end(self) -> None:
        """Ends the body."""
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self, head: Head) -> List[Header]:
        headers = [(name, self._location(value) if name == b"location" else value) for name, value in head.headers
                   if name not in _NOT_ANSWERED and not name.startswith(b"access-control-")]
        if head.get(b"content-encoding") is None and not _is_worth_packing(head):
            # the WebUI packs whatever says nothing, and keeps events back until its buffer is full
            headers.append((b"content-encoding", b"identity"))
        return headers

    def _location(self, value: bytes) -> bytes:
        value = value[len(str(self._address)):] if value.startswith(str(self._address).encode()) else value
        return self._before + value if value.startswith(b"/lorabridge/") else value


def _headers(scope: Scope, address: Address, token: Optional[str]) -> List[Header]:
    """What the server is sent."""
    headers: List[Header] = [(b"Host", address.netloc.encode("ascii"))]
    not_sent = _NOT_SENT | {word.strip().lower() for name, value in scope["headers"] if name.lower() == b"connection" for word in value.split(b",")}
    headers += [(name, value) for name, value in scope["headers"]
                if name.lower() not in not_sent and not name.lower().startswith(b"sec-") and not _breaks_a_line(value)]
    if token:
        headers.append((b"Authorization", b"Bearer " + token.encode("ascii")))
    return headers


async def _pump(exchange: Exchange, receive: Receive) -> str:
    """Sends the body on, then waits for the client to leave. Returns "gone", or "refused" when the server takes no more."""
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return "gone"
            await exchange.send(message.get("body") or b"")
            if not message.get("more_body"):
                break
        await exchange.finish()
    except OSError:
        return "refused"
    while (await receive())["type"] != "http.disconnect":
        pass
    return "gone"


async def _wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(_LOOK_FOR_CLOSING)


async def _cancel(*tasks: "asyncio.Future[Any]") -> None:
    """Ends tasks for certain: one cancellation may be lost in the layers between `receive` and the socket, which cancel among themselves."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=0.05)
        for task in done:
            if not task.cancelled():
                task.exception()                 # looked at, or it is logged as forgotten


def _body_of(scope: Scope) -> Tuple[bool, Optional[bytes]]:
    """(whether there is one, its length where that is said)"""
    length, chunked = None, False
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            length = value
        chunked = chunked or name.lower() == b"transfer-encoding"
    if chunked:
        return True, None
    if length is None:
        # a server may insist on a length where a body could be
        return scope["method"] in ("POST", "PUT", "PATCH"), b"0"
    return True, length


def _breaks_a_line(value: bytes) -> bool:
    return any(sign in value for sign in (b"\r", b"\n", b"\0"))


def _is_worth_packing(head: Head) -> bool:
    kind = (head.get(b"content-type") or b"").split(b";")[0].strip()
    return kind.startswith(b"text/") and kind != b"text/event-stream" or kind.endswith((b"json", b"javascript", b"svg+xml"))
