"""Short questions to the server, for threads: what it is, and what it works on."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, Optional, Tuple

from .settings import Address

_MOST = 4 * 1024 * 1024


class NoAnswer(Exception):
    """Nothing there, or not in time. `is_refused` tells a closed port from a silent one."""

    def __init__(self, words: str, is_refused: bool) -> None:
        super().__init__(words)
        self.is_refused = is_refused


def get_json(address: Address, path: str, token: Optional[str] = None, timeout: float = 3.0) -> Tuple[int, Any]:
    """(status, decoded body; None where it is no JSON). NoAnswer when there is none."""
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.host, address.port, timeout=timeout)
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        text = answer.read(_MOST)
    except (ConnectionRefusedError, socket.gaierror) as error:
        raise NoAnswer(f"nothing answers at {address} ({error.strerror or error})", True) from error
    except socket.timeout as error:
        raise NoAnswer(f"{address} does not answer within {timeout:g} s", False) from error
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"what is at {address} does not answer as a server ({error or type(error).__name__})", False) from error
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, None
