"""The token that opens the server. It stays on this side: no page, setting or log ever has it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Mapping, Optional

_SHAPE = re.compile(r"[\x21-\x7e]{8,512}")


def find_token(settings_file: str, own_folder: Path, environment: Mapping[str, str] = os.environ, server_data: Optional[Path] = None) -> Optional[str]:
    """LORABRIDGE_TOKEN, else the first line of the settings' file, of the one that the tab wrote, of the one in the server's data folder; None without any."""
    given = environment.get("LORABRIDGE_TOKEN", "").strip()
    if given:
        return given if _SHAPE.fullmatch(given) else None
    for path in (Path(settings_file).expanduser() if settings_file else None, own_folder / "token", server_data / "token" if server_data else None):
        token = _read(path) if path is not None else None
        if token:
            return token
    return None


def keep_token(token: str, own_folder: Path) -> None:
    """Writes the token for this user only; an empty one forgets it. ValueError when it cannot be one."""
    path = own_folder / "token"
    token = token.strip()
    if not token:
        path.unlink(missing_ok=True)
        return
    if not _SHAPE.fullmatch(token):
        raise ValueError("This is no token: it has 8 to 512 letters, digits and signs, without blanks. The server prints it when it starts.")
    own_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(token + "\n")
    os.replace(fresh, path)


def _read(path: Path) -> Optional[str]:
    try:
        with open(path, encoding="ascii") as file:
            line = file.readline(1024).strip()
    except (OSError, UnicodeDecodeError):
        return None
    return line if _SHAPE.fullmatch(line) else None
