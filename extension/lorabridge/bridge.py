"""Puts the parts together. There is one bridge for a WebUI's whole life; each Reload UI gives it another app and the same server."""

from __future__ import annotations

import atexit
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from . import VERSION
from .client import NoAnswer, get_json
from .health import REFUSED, Health, look
from .host import Host
from .memory import ModelMemory
from .places import find_launcher, own_folder
from .settings import Settings
from .starter import Starter
from .token import find_token, keep_token
from .watch import Jobs, Watch

_REFUSAL_HOLDS = 120.0
_ACTIVE = "/lorabridge/v1/jobs?state=queued,running,stopping&limit=1000"


class Bridge:
    """What the tab's routes and the WebUI's callbacks act on."""

    def __init__(self, host: Host, environment: Mapping[str, str] = os.environ) -> None:
        self.host = host
        self._environment = environment
        self._folder = own_folder(environment)
        self._refused: Dict[str, float] = {}
        """Tokens that the server refuses, and when it did."""
        self.starter = Starter(self._folder)
        # looked up at each call: Reload UI gives another host
        self.memory = ModelMemory(lambda: self.host.turn(), lambda: self.host.release_model(), lambda: self.host.restore_model())
        self.watch = Watch(self._jobs, lambda: self.settings, self.memory, lambda: self.host.refresh_loras())

    @property
    def settings(self) -> Settings:
        """As they are now: changes count at once."""
        return Settings.read(self.host.options(), self._environment, self.host.is_open)

    def begin(self) -> None:
        """After the WebUI has started; returns at once."""
        self.watch.start()
        if self.settings.autostart:
            threading.Thread(target=self.start_server, name="lorabridge-start", daemon=True).start()

    def end(self) -> None:
        """Before the WebUI ends."""
        self.watch.stop()
        self.starter.stop()

    def token(self) -> Optional[str]:
        """The server's token, for this side only; None while it is known that the server refuses it."""
        token = self._known_token()
        return None if self._is_refused(token) else token

    def enter_token(self, token: str) -> Health:
        """Remembers it and tries it once; ValueError when it is none. Until the server has said what it thinks of it, nobody else sends it."""
        entered = token.strip()
        before = self._refused.get(entered)
        self._refused[entered] = time.monotonic()
        try:
            keep_token(token, self._folder)
        except (ValueError, OSError):
            self._forget_refusal(entered, before)
            raise
        known = self._known_token()
        health = look(self.settings.address, known)
        if health.state == "token" and known:
            self._refused[known] = time.monotonic()
        if health.state != "token" or known != entered:
            self._forget_refusal(entered)
        return health

    def health(self) -> Health:
        """Asks the server; takes some seconds at most."""
        address, token = self.settings.address, self._known_token()
        if self._is_refused(token):
            health = look(address, None)
            return replace(health, words=REFUSED) if health.state == "token" else health
        health = look(address, token)
        if health.state == "token":
            self._note_refusal(token)
        return health

    def start_server(self) -> Optional[str]:
        """Starts it where none answers; what hinders, in words."""
        settings, health = self.settings, self.health()
        if health.state not in ("away", "silent"):
            return None if health.state == "ok" else health.words
        if not settings.address.is_loopback:
            return f"{settings.address} is another machine: start the server there."
        if health.state == "silent" and self.starter.state != "running":
            return health.words + " " + health.cure
        command = self.command()
        if command is None:
            return ("LoraBridge's program was not found. Clone its repository beside the WebUI, or name its launcher in the settings "
                    "(LoraBridge, Start command).")
        self.starter.start(command, self._server_environment())
        self.watch.wake()
        return None

    def command(self) -> Optional[List[str]]:
        """The whole command line that would start it; None when there is none to start."""
        settings, folders = self.settings, self.host.folders()
        program = settings.command
        if program is None:
            launcher = self._launcher()
            program = [str(launcher)] if launcher else None
        if program is None:
            return None
        if os.path.isdir(program[0]):
            program = [os.path.join(program[0], "lorabridge"), *program[1:]]
        if "serve" not in program:
            # nothing is installed from here: that asks for root, and whoever sits at the browser may be somebody else
            program = [*program, "serve", "--no-install"]
        if "--port" not in program:
            program = [*program, "--port", str(settings.address.port)]
        checkpoint = self.host.checkpoint()
        return program + (folders.arguments(checkpoint["filename"] if checkpoint else None) if folders else [])

    def status(self) -> Dict[str, Any]:
        """All that the tab shows about itself."""
        settings, health, folders = self.settings, self.health(), self.host.folders()
        return {
            "extension": VERSION,
            "server": {**health.as_json(), "address": str(settings.address), "canStart": settings.address.is_loopback and self.command() is not None},
            "starter": self.starter.as_json(),
            "webui": {"kind": self.host.name, "checkpoint": self.host.checkpoint(), "folders": folders.as_json() if folders else None},
            "model": self.memory.as_json(),
            "jobs": self.watch.as_json(),
            "problems": list(settings.problems),
        }

    def on_answer(self, method: str, path: bytes, status: int, token: Optional[str]) -> None:
        """Hears what the page has done: a job that was just queued shall find room, an adapter that was kept shall be listed."""
        if status == 401:
            self._note_refusal(token)
        if method in ("GET", "HEAD", "OPTIONS") or status >= 300:
            return
        if path.startswith(b"/lorabridge/v1/jobs"):
            self.watch.wake(refresh=path.endswith(b"/keep"))
        elif path.startswith(b"/lorabridge/v1/adapters"):
            self.watch.wake(refresh=True)

    def _jobs(self) -> Jobs:
        token = self.token()
        status, answer = get_json(self.settings.address, _ACTIVE, token)
        if status == 401:
            self._note_refusal(token)
        if status != 200:
            raise NoAnswer(f"status {status}", False)
        return Jobs.read(answer)

    def _known_token(self) -> Optional[str]:
        settings = self.settings
        # a server of this machine keeps its token where we may read it; it is nothing for another machine's
        return find_token(settings.token_file, self._folder, self._environment, self._server_data() if settings.address.is_loopback else None)

    def _note_refusal(self, token: Optional[str]) -> None:
        """The server shuts its door for a minute after some wrong tokens: then the right one would not open it either."""
        if token and not self._is_refused(token):
            self._refused[token] = time.monotonic()

    def _is_refused(self, token: Optional[str]) -> bool:
        refused = self._refused.get(token) if token else None
        return refused is not None and time.monotonic() - refused < _REFUSAL_HOLDS

    def _forget_refusal(self, token: str, before: Optional[float] = None) -> None:
        if before is None:
            self._refused.pop(token, None)
        else:
            self._refused[token] = before

    def _launcher(self) -> Optional[Path]:
        folders = self.host.folders()
        return find_launcher(self.host.extension, Path(folders.webui) if folders else None, self._environment)

    def _server_data(self) -> Optional[Path]:
        if self._environment.get("LORABRIDGE_DATA"):
            return Path(self._environment["LORABRIDGE_DATA"])
        launcher = self._launcher()
        return launcher.resolve().parent / "data" if launcher else None

    def _server_environment(self) -> Dict[str, str]:
        environment = dict(self._environment)
        token = self.token()
        if token:
            environment["LORABRIDGE_TOKEN"] = token  # not an argument: those are seen by every user of the machine
        return environment


_bridge: Optional[Bridge] = None


def bridge_of(host: Host) -> Bridge:
    """The WebUI's bridge, with the host of its latest load."""
    global _bridge
    if _bridge is None:
        _bridge = Bridge(host)
        atexit.register(_bridge.end)
    _bridge.host = host
    return _bridge
