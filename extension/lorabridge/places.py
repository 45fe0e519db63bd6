"""Where things lie: the user's own folder, the server's launcher."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Iterator, Mapping, Optional

LAUNCHER = "lorabridge"


def own_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The folder for the token and the server's output.

    It lies outside of the WebUI, because the WebUI sends every file below its own folder to whoever asks for it.
    """
    home = Path(environment.get("HOME") or environment.get("USERPROFILE") or os.path.expanduser("~"))
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "LoraBridge"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "LoraBridge"
    return Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state") / "lorabridge"


def make_own_folder(folder: Path) -> Path:
    """Makes it, for its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def find_launcher(extension: Path, webui: Optional[Path] = None, environment: Mapping[str, str] = os.environ) -> Optional[Path]:
    """The server's launcher: beside the extension, where LORABRIDGE_HOME says, beside the WebUI, at home, on the PATH."""
    for folder in _candidates(extension, webui, environment):
        launcher = folder / LAUNCHER
        # the sources beside it tell it from any program of the name
        if launcher.is_file() and (folder / "src" / "LoraBridge.Server").is_dir():
            return launcher
    found = shutil.which(LAUNCHER, path=environment.get("PATH"))
    return Path(found) if found else None


def _candidates(extension: Path, webui: Optional[Path], environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("LORABRIDGE_HOME"):
        yield Path(environment["LORABRIDGE_HOME"])
    yield extension.resolve().parent             # a link into a clone of the whole repository leads there
    yield extension.resolve()
    if webui is not None:
        for name in ("LoraBridge", "lorabridge"):
            yield webui / name
            yield webui.parent / name
    if environment.get("HOME"):
        for name in ("LoraBridge", "lorabridge"):
            yield Path(environment["HOME"]) / name
