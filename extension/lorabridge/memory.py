"""Takes the WebUI's model off the graphics card while LoraBridge trains, and always puts it back."""

from __future__ import annotations

import threading
from typing import Any, Callable, ContextManager, Dict


class ModelMemory:
    """Pairs every release with one restore.

    The WebUI itself does not bring a model back that was sent away: the next picture would fail. So whoever draws one meanwhile gets it
    back first (`restore_in_turn`), and whatever happens to the server ends in `restore`.
    """

    def __init__(self, turn: Callable[[], ContextManager[Any]], release: Callable[[], bool], restore: Callable[[], None]) -> None:
        """`turn` is the WebUI's queue, in which nothing else uses the model; `release` says whether there was one to send away."""
        self._turn = turn
        self._release = release
        self._restore = restore
        self._lock = threading.Lock()            # taken inside of the turn, never around it
        self._is_released = False
        self._words = ""

    @property
    def is_released(self) -> bool:
        """Whether the model is away because of us."""
        return self._is_released

    def release(self) -> bool:
        """Sends the model away, after the picture that is being drawn. Whether it is away now."""
        with self._turn(), self._lock:
            if not self._is_released:
                # so before it is done: half a release wants restoring as well
                self._is_released = True
                try:
                    self._is_released = bool(self._release())
                except Exception:
                    self._bring_back()
                    raise
                self._words = "The WebUI's model has made room for a training; it comes back when that ends, or when you generate." if self._is_released else ""
            return self._is_released

    def restore(self, words: str = "") -> None:
        """Brings the model back, in the WebUI's turn; nothing where it is not away."""
        if self._is_released:
            with self._turn(), self._lock:
                self._bring_back(words)

    def restore_in_turn(self, words: str = "") -> None:
        """The same for those whose turn it is already."""
        with self._lock:
            self._bring_back(words)

    def as_json(self) -> Dict[str, Any]:
        """For the page."""
        return {"released": self._is_released, "words": self._words}

    def _bring_back(self, words: str = "") -> None:
        if self._is_released:
            self._restore()                      # where this fails, it still counts as away and is tried again
            self._is_released = False
            self._words = words
