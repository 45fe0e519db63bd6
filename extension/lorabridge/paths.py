"""Which addresses below /lorabridge there are, and what they mean to the server."""

from __future__ import annotations

import re
from typing import Mapping, Optional, Tuple
from urllib.parse import quote, unquote_to_bytes

PREFIX = b"/lorabridge/"

FORWARDED = {
    b"v1": b"/lorabridge/v1",
    b"openapi": b"/openapi",
    b"sdapi/v1": b"/sdapi/v1",
}
"""What follows the prefix, and what the server calls it. Nothing else of the server can be reached through the WebUI.

The server's own /sdapi/v1 stands at another place than the WebUI's, which has an API of that name itself.
"""

_CLEAN = re.compile(rb"[!-~]*")


def inner_path(scope: Mapping) -> Tuple[bytes, bytes]:
    """(what stands before /lorabridge, what follows it), still percent-encoded as it was sent.

    Frameworks disagree whether a mounted part sees the whole path or the rest, decoded; the raw path is the same in all.
    """
    raw = scope.get("raw_path") or quote(str(scope.get("path", "")), safe="/!$&'()*+,;=:@-._~%").encode("ascii")
    raw = raw.split(b"?", 1)[0]
    before, found, rest = raw.partition(PREFIX)
    if found:
        return before, rest
    return b"", raw.lstrip(b"/")


def target_of(rest: bytes) -> Optional[bytes]:
    """The server's path for what follows the prefix; None where nothing is forwarded."""
    if not _CLEAN.fullmatch(rest) or not _is_plain(rest):
        return None
    for ours, theirs in FORWARDED.items():
        if rest == ours or rest.startswith(ours + b"/"):
            return theirs + rest[len(ours):]
    return None


def _is_plain(path: bytes) -> bool:
    """No segment that means another folder, also not when it is decoded (servers do that before they look at dots)."""
    decoded = unquote_to_bytes(path)
    if b"\\" in decoded or b"\0" in decoded:
        return False
    return not any(segment in (b".", b"..") for segment in decoded.split(b"/"))
