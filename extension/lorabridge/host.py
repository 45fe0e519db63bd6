"""What the WebUI offers to the rest of this package: the one seam between them."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, ContextManager, Dict, Mapping, Optional

from .folders import WebUiFolders


@dataclass
class Host:
    """Functions over the WebUI as it is now; scripts/lorabridge.py makes one of `modules`, tests make one of nothing."""

    extension: Path
    """The extension's folder."""

    name: str = "a1111"
    """a1111 or forge."""

    options: Callable[[], Mapping[str, Any]] = dict
    """The settings."""

    is_open: bool = False
    """Whether the WebUI can be reached over the network and does not let that install extensions."""

    folders: Callable[[], Optional[WebUiFolders]] = lambda: None
    """Its folders of models."""

    checkpoint: Callable[[], Optional[Dict[str, str]]] = lambda: None
    """The checkpoint in use, as {title, filename}; loads nothing."""

    turn: Callable[[], ContextManager[Any]] = nullcontext
    """Its queue: inside of it nobody draws."""

    release_model: Callable[[], bool] = lambda: False
    """Sends the model to main memory; whether there was one."""

    restore_model: Callable[[], None] = lambda: None
    """Brings it back."""

    refresh_loras: Callable[[], None] = lambda: None
    """Reads the LoRA folders anew."""
