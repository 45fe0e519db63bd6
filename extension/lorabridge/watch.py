"""Looks at the server's jobs now and then: releases and restores the WebUI's model around trainings, refreshes its LoRA list after them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Dict, FrozenSet, Optional

from .client import NoAnswer
from .memory import ModelMemory
from .settings import Settings

_BUSY, _CALM, _AWAY = 2.0, 15.0, 30.0
GRACE = 30.0
"""Seconds after which a server that was training and does not answer is given up: a restart of it takes less."""


@dataclass(frozen=True)
class Jobs:
    """What the server works on: ids of all jobs that are not over, and whether one of them trains or is about to."""

    active: FrozenSet[str] = frozenset()
    is_training: bool = False

    @staticmethod
    def read(answer: Any) -> "Jobs":
        """From the server's list of jobs that are queued, running or stopping."""
        jobs = [job for job in (answer or {}).get("jobs", ()) if isinstance(job, dict)]
        return Jobs(frozenset(str(job.get("id")) for job in jobs), any(job.get("kind") == "train" for job in jobs))


class Watch:
    """One thread, which sleeps between looks and can be woken."""

    def __init__(self, ask: Callable[[], Jobs], settings: Callable[[], Settings], memory: ModelMemory, refresh: Callable[[], None],
                 clock: Callable[[], float] = time.monotonic) -> None:
        """`ask` raises NoAnswer when the server does not answer; `refresh` reads the WebUI's LoRA folders anew."""
        self._ask = ask
        self._settings = settings
        self._memory = memory
        self._refresh = refresh
        self._clock = clock
        self._woken = threading.Event()
        self._ends = threading.Event()
        self._thread: Optional[threading.Thread] = None
        self._jobs = Jobs()
        self._away_since: Optional[float] = None
        self._is_refresh_due = False
        self._refreshes = 0
        self._words = ""

    def start(self) -> None:
        """Begins to look, unless it does already (after Reload UI)."""
        if self._thread is None or not self._thread.is_alive():
            self._ends.clear()
            self._thread = threading.Thread(target=self._run, name="lorabridge-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends, bringing the model back first."""
        self._ends.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(5)

    def wake(self, refresh: bool = False) -> None:
        """Looks at once; with `refresh`, the LoRA list is read anew."""
        self._is_refresh_due = self._is_refresh_due or refresh
        self._woken.set()

    def look(self) -> float:
        """Looks once, and returns after how many seconds to look again."""
        settings = self._settings()
        try:
            before, self._jobs = self._jobs, self._ask()
        except NoAnswer:
            return self._nobody_there()
        self._away_since = None
        if before.active - self._jobs.active:
            self._is_refresh_due = True
        if self._jobs.is_training and settings.release_model:
            # after a picture brought the model back it stays: another release would let the next picture wait again
            if not before.is_training:
                self._memory.release()
        else:
            self._memory.restore()
        if self._is_refresh_due:
            self._is_refresh_due = False
            if settings.refresh_loras:
                self._refresh()
                self._refreshes += 1
        return _BUSY if self._jobs.active else _CALM

    def as_json(self) -> Dict[str, Any]:
        """For the page: `refreshes` counts up whenever the LoRA list was read anew."""
        return {"active": len(self._jobs.active), "training": self._jobs.is_training, "refreshes": self._refreshes, "words": self._words}

    def _nobody_there(self) -> float:
        now = self._clock()
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since >= GRACE:
            if self._jobs.active:
                self._is_refresh_due = True
            self._jobs = Jobs()
            self._memory.restore("The LoraBridge server has gone; the WebUI's model was brought back.")
        return _BUSY if self._memory.is_released else _AWAY

    def _run(self) -> None:
        try:
            while not self._ends.is_set():
                pause = _BUSY
                try:
                    pause = self.look()
                    self._words = ""
                except Exception as error:  # a look that fails must not be the last: the model may be away
                    self._words = f"{type(error).__name__}: {error}"
                self._woken.wait(pause)
                self._woken.clear()
        finally:
            self._memory.restore()
