"""How the server is, in words, and what helps."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Callable, Dict, Optional, Tuple

from . import NEEDED_SERVER, VERSION
from .client import NoAnswer, get_json
from .settings import Address


REFUSED = "The LoraBridge server refuses the token that this WebUI has."


@dataclass(frozen=True)
class Health:
    """`state` is ok, away, silent, stranger, token, refused, old or new; `words` and `cure` are for a person."""

    state: str
    words: str
    cure: str = ""
    version: Optional[str] = None

    def as_json(self) -> Dict[str, Any]:
        """For the page."""
        return asdict(self)


def look(address: Address, token: Optional[str], ask: Callable[..., Tuple[int, Any]] = get_json) -> Health:
    """Asks the server for its version, which says all of it: whether it is there, lets us in, and speaks our API."""
    try:
        status, answer = ask(address, "/lorabridge/v1/version", token)
    except NoAnswer as none:
        if none.is_refused:
            return Health("away", f"The LoraBridge server is not running: {none}.",
                          "Start it with the button, or with ./lorabridge serve; if it listens elsewhere, correct its address in the settings.")
        return Health("silent", f"The LoraBridge server does not answer: {none}.",
                      "It may be busy starting: wait a moment. If another program has that port, give LoraBridge another in the settings.")
    if status == 401:
        return Health("token", REFUSED if token else "The LoraBridge server asks for a token.",
                      "Enter the server's token below; the server printed it when it started, and keeps it in its data folder.")
    if status == 429:
        return Health("token", "The LoraBridge server was sent wrong tokens too often and lets nobody try for a while.",
                      "Wait a minute, then enter the server's token below.")
    if status == 403:
        detail = answer.get("detail") if isinstance(answer, dict) else None
        return Health("refused", f"The LoraBridge server refuses this WebUI: {detail or 'status 403'}",
                      "Name this machine as the server knows it in the settings' address, or allow that name at the server's start.")
    if status >= 500:
        return Health("silent", f"The LoraBridge server answers with an error (status {status}).", "Its log says why. It may be starting or ending just now: wait a moment.")
    version = answer.get("version") if isinstance(answer, dict) else None
    if status != 200 or not isinstance(version, str):
        return Health("stranger", f"Another program answers at {address}.",
                      "Give LoraBridge another port: set the address to, say, http://127.0.0.1:7871 in the settings, and start the server again.")
    return _compare(version)


def _compare(version: str) -> Health:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    theirs = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    if theirs < NEEDED_SERVER:
        return Health("old", f"The LoraBridge server is version {version}; this extension ({VERSION}) needs {NEEDED_SERVER[0]}.{NEEDED_SERVER[1]} or later.",
                      "Update the server (git pull in its folder) and start it again.", version)
    if theirs[0] > NEEDED_SERVER[0]:
        return Health("new", f"The LoraBridge server is version {version}, which this extension ({VERSION}) does not know.",
                      "Update the extension on the WebUI's Extensions tab, then restart the WebUI.", version)
    return Health("ok", f"LoraBridge {version} answers.", "", version)
