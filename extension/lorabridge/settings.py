"""What the user has set, read from the WebUI's options and from the environment."""

from __future__ import annotations

import ipaddress
import os
import re
import shlex
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Sequence
from urllib.parse import urlsplit

DEFAULT_ADDRESS = "http://127.0.0.1:7870"
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


@dataclass(frozen=True)
class Address:
    """Where the server listens."""

    scheme: str
    host: str
    port: int

    @staticmethod
    def parse(text: str) -> "Address":
        """Reads `http://host:port`; the scheme may be left out. ValueError says what is wrong."""
        text = text.strip().rstrip("/")
        parts = urlsplit(text if "//" in text else "//" + text, scheme="http")
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or parts.path or parts.username or not _HOST.fullmatch(host) or set(text) & set("?#@"):
            raise ValueError(f"'{text}' is no address of a server. Give it like {DEFAULT_ADDRESS}")
        return Address(parts.scheme, host, parts.port or (443 if parts.scheme == "https" else 80))

    @property
    def netloc(self) -> str:
        """host:port as a Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine is reached by it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


@dataclass(frozen=True)
class Settings:
    """The extension's settings, checked. `problems` says in words what was not taken as it was given."""

    address: Address = Address.parse(DEFAULT_ADDRESS)
    token_file: str = ""
    command: Optional[List[str]] = None
    autostart: bool = False
    release_model: bool = True
    refresh_loras: bool = True
    problems: Sequence[str] = ()

    @staticmethod
    def read(options: Mapping[str, Any], environment: Mapping[str, str] = os.environ, is_open: bool = False) -> "Settings":
        """Reads the options `lorabridge_*`; what the environment says (LORABRIDGE_URL, LORABRIDGE_COMMAND) goes before.

        `is_open` says that strangers may reach the WebUI's settings page, as with --listen. A command from there would let
        them run any program, and an address would send them our token: then both are taken from the environment only.
        """
        problems: List[str] = []
        address = _address(options, environment, is_open, problems)
        return Settings(
            address=address,
            token_file="" if is_open else str(options.get("lorabridge_token_file") or "").strip(),
            command=_command(options, environment, is_open, problems),
            autostart=bool(options.get("lorabridge_autostart", False)),
            release_model=bool(options.get("lorabridge_release_model", True)),
            refresh_loras=bool(options.get("lorabridge_refresh_loras", True)),
            problems=problems,
        )


def _address(options: Mapping[str, Any], environment: Mapping[str, str], is_open: bool, problems: List[str]) -> Address:
    given = environment.get("LORABRIDGE_URL")
    from_page = not given
    given = given or str(options.get("lorabridge_url") or DEFAULT_ADDRESS)
    try:
        address = Address.parse(given)
    except ValueError as error:
        problems.append(f"The server's address is not usable: {error}.")
        return Address.parse(DEFAULT_ADDRESS)
    if from_page and is_open and not address.is_loopback:
        problems.append(
            f"The setting for the server's address ({address}) is not used: this WebUI can be reached over the network, and its "
            "settings may only name a server of this machine then. Set the environment variable LORABRIDGE_URL instead."
        )
        return Address.parse(DEFAULT_ADDRESS)
    return address


def _command(options: Mapping[str, Any], environment: Mapping[str, str], is_open: bool, problems: List[str]) -> Optional[List[str]]:
    text = (environment.get("LORABRIDGE_COMMAND") or "").strip()
    if not text:
        text = str(options.get("lorabridge_command") or "").strip()
        if text and is_open:
            problems.append(
                "The setting for the start command is not used: this WebUI can be reached over the network, and whoever reaches it "
                "could run any program by it. Set the environment variable LORABRIDGE_COMMAND instead, or start the server by hand."
            )
            return None
    if not text:
        return None
    if os.path.exists(text):                     # a path with blanks in it needs no quotes
        return [text]
    try:
        return [word.strip('"') for word in shlex.split(text, posix=os.name != "nt")] or None
    except ValueError as error:
        problems.append(f"The start command cannot be read ({error}). Give the path of the program, in quotes if it has blanks.")
        return None
