"""One HTTP/1.1 request to the server, streaming both ways on the event loop that the WebUI already runs.

urllib and http.client would hold a thread for every open event stream, and read bodies before they pass them on.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import AsyncIterator, Iterable, List, Optional, Tuple

from .settings import Address

Header = Tuple[bytes, bytes]
_PIECE = 64 * 1024


class ServerAway(Exception):
    """Nothing answers at the server's address."""


class ServerBroken(Exception):
    """What answers there speaks no HTTP, or stopped in the middle."""


@dataclass(frozen=True)
class Head:
    """The beginning of an answer."""

    status: int
    headers: List[Header]

    def get(self, name: bytes) -> Optional[bytes]:
        """The first header of a name (lower case)."""
        return next((value for key, value in self.headers if key == name), None)


class Exchange:
    """A connection that carries one request. `send` and `finish` may run beside `head` and `body`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._is_chunked = False
        self._method = "GET"

    @staticmethod
    async def open(address: Address, timeout: float = 5.0) -> "Exchange":
        """Connects; ServerAway when nothing is there within the time."""
        context = ssl.create_default_context() if address.scheme == "https" else None
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(address.host, address.port, ssl=context, limit=_PIECE), timeout
            )
        except asyncio.TimeoutError:
            raise ServerAway(f"{address} did not take the connection within {timeout:g} s") from None
        except OSError as error:
            raise ServerAway(f"{address} cannot be reached ({error.strerror or error})") from error
        return Exchange(reader, writer)

    async def begin(self, method: str, path: bytes, headers: Iterable[Header], length: Optional[bytes]) -> None:
        """Sends the head. `length` is the body's; None for a body of unknown length, b"" for no body."""
        self._method = method
        self._is_chunked = length is None
        lines = [method.encode("ascii") + b" " + path + b" HTTP/1.1", b"Connection: close"]
        lines += [name + b": " + value for name, value in headers]
        if length is None:
            lines.append(b"Transfer-Encoding: chunked")
        elif length:
            lines.append(b"Content-Length: " + length)
        self._writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        await self._writer.drain()

    async def send(self, piece: bytes) -> None:
        """Sends a piece of the body, waiting while the server is slower than the client."""
        if not piece:
            return
        if self._is_chunked:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        self._writer.write(piece)
        await self._writer.drain()

    async def finish(self) -> None:
        """Ends the body."""
        if self._is_chunked:
            self._writer.write(b"0\r\n\r\n")
            await self._writer.drain()

    async def head(self) -> Head:
        """Reads the answer's head, passing over interim answers."""
        while True:
            try:
                text = await self._reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
                raise ServerBroken("the server closed the connection before it answered") from error
            head = _parse(text)
            if head.status >= 200:
                return head

    async def body(self, head: Head) -> AsyncIterator[bytes]:
        """The answer's body, piece by piece as it comes."""
        if self._method == "HEAD" or head.status in (204, 304):
            return
        try:
            if b"chunked" in (head.get(b"transfer-encoding") or b"").lower():
                async for piece in self._chunks():
                    yield piece
            elif head.get(b"content-length") is not None:
                async for piece in self._exactly(int(head.get(b"content-length") or b"0")):
                    yield piece
            else:
                while True:
                    piece = await self._reader.read(_PIECE)
                    if not piece:
                        return
                    yield piece
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, OSError) as error:
            raise ServerBroken("the server broke off in the middle of its answer") from error

    def close(self) -> None:
        """Gives the connection up at once; the server then cancels what it still did for it."""
        self._writer.transport.abort()

    async def _exactly(self, length: int) -> AsyncIterator[bytes]:
        while length > 0:
            piece = await self._reader.read(min(length, _PIECE))
            if not piece:
                raise ServerBroken("the server broke off in the middle of its answer")
            length -= len(piece)
            yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        while True:
            line = await self._reader.readuntil(b"\r\n")
            length = int(line.split(b";", 1)[0], 16)
            if length == 0:
                while await self._reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                return
            async for piece in self._exactly(length):
                yield piece
            await self._reader.readexactly(2)


def _parse(text: bytes) -> Head:
    first, *lines = text[:-4].split(b"\r\n")
    words = first.split(b" ", 2)
    if not first.startswith(b"HTTP/1.") or len(words) < 2 or not words[1].isdigit():
        raise ServerBroken("what answers there speaks no HTTP")
    headers = []
    for line in lines:
        name, found, value = line.partition(b":")
        if found:
            headers.append((name.strip().lower(), value.strip()))
    return Head(int(words[1]), headers)
