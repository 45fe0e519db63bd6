"""Starts the server, watches that it comes up, and shows what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from .places import make_own_folder

_TETHER = Path(__file__).with_name("tether.py")
_TAIL = 16 * 1024


class Starter:
    """The server that this WebUI has started, if it has. It outlives Reload UI and ends with the WebUI."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where its output goes."""
        self._folder = folder
        self._lock = threading.Lock()
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._words = ""

    def start(self, command: List[str], environment: Mapping[str, str] = os.environ) -> None:
        """Starts the command unless one runs already; what fails is told by `state`, later."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            self._words = ""
            try:
                make_own_folder(self._folder)
                with open(self._log, "wb") as log:
                    self._process = subprocess.Popen(
                        [sys.executable, "-I", str(_TETHER), *command], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                        env=_clean(environment), cwd=str(self._folder), **_apart())
            except OSError as error:
                self._process = None
                self._words = f"The server could not be started: {error}."

    def stop(self, patience: float = 0.0) -> None:
        """Lets it end, as the WebUI's own end does; waits so many seconds for it."""
        with self._lock:
            if self._process is None or self._process.stdin is None:
                return
            self._process.stdin.close()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                pass

    @property
    def state(self) -> str:
        """idle (nothing was started), running, ended or failed."""
        if self._words:
            return "failed"
        if self._process is None:
            return "idle"
        code = self._process.poll()
        return "running" if code is None else "ended" if code == 0 else "failed"

    def as_json(self) -> Dict[str, Any]:
        """For the page."""
        return {"state": self.state, "words": self._describe(), "log": self.tail() if self._process is not None else ""}

    def tail(self) -> str:
        """The end of what it printed."""
        try:
            with open(self._log, "rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - _TAIL))
                return log.read().decode("utf-8", "replace")
        except OSError:
            return ""

    @property
    def _log(self) -> Path:
        return self._folder / "server.log"

    def _describe(self) -> str:
        if self._words:
            return self._words
        state = self.state
        if state == "failed" and self._process is not None:
            return f"The server has ended with exit code {self._process.returncode}. What it printed last says why."
        return {"idle": "", "running": "The server runs; this WebUI started it and ends it when it ends itself.", "ended": "The server has ended."}[state]


def _apart() -> Dict[str, Any]:
    """Not in the terminal's group: a Ctrl+C there shall not reach the server before a training is saved."""
    return {"creationflags": 0x08000200} if os.name == "nt" else {"start_new_session": True}


def _clean(environment: Mapping[str, str]) -> Dict[str, str]:
    """Without what the WebUI's Python set for itself: the server finds its own libraries."""
    left_out = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_PRELOAD")
    return {name: value for name, value in environment.items() if name not in left_out}
