"""Where the WebUI keeps its models, and how the server is told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Dict, List, Optional


@dataclass(frozen=True)
class WebUiFolders:
    """The WebUI's folders that exist, full paths, the one that counts first."""

    webui: str
    checkpoints: List[str]
    loras: List[str]
    vaes: List[str]
    embeddings: Optional[str]

    @staticmethod
    def read(flags: Any, script_path: str, data_path: str, models_path: str) -> "WebUiFolders":
        """From the WebUI's start flags (`cmd_opts`) and `modules.paths`.

        A1111 has one --ckpt-dir, --vae-dir and --lora-dir; Forge has lists (--ckpt-dirs, --lora-dirs, --vae-dirs) in newer versions beside
        them, and --forge-ref-a1111-home sets the single ones. Flags may be missing in either, which is no error.
        """
        models = models_path or os.path.join(data_path, "models")
        return WebUiFolders(
            webui=os.path.abspath(data_path if os.path.isdir(os.path.join(data_path, "models")) else script_path),
            checkpoints=_existing(_flags(flags, "ckpt_dir", "ckpt_dirs"), os.path.join(models, "Stable-diffusion")),
            loras=_existing(_flags(flags, "lora_dir", "lora_dirs", "lyco_dir_backcompat"), os.path.join(models, "Lora"), os.path.join(models, "LyCORIS")),
            vaes=_existing(_flags(flags, "vae_dir", "vae_dirs"), os.path.join(models, "VAE")),
            embeddings=next(iter(_existing(_flags(flags, "embeddings_dir"), os.path.join(data_path, "embeddings"))), None),
        )

    def arguments(self, checkpoint: Optional[str] = None) -> List[str]:
        """The server's start options for them; `checkpoint` is the file that the WebUI uses now."""
        words = ["--webui-dir", self.webui]
        for option, folders, usual in (("--ckpt-dir", self.checkpoints, "Stable-diffusion"), ("--vae-dir", self.vaes, "VAE")):
            for folder in folders:
                if folder != os.path.join(self.webui, "models", usual):
                    words += [option, folder]
        # the last one wins names there, and is where adapters are kept: the WebUI's first
        for folder in reversed(self.loras):
            words += ["--lora-dir", folder]
        if self.embeddings:
            words += ["--embeddings-dir", self.embeddings]
        if checkpoint and os.path.isfile(checkpoint):
            words += ["--model", checkpoint]
        return words

    def as_json(self) -> Dict[str, Any]:
        """For the page."""
        return {"webui": self.webui, "checkpoints": self.checkpoints, "loras": self.loras, "vaes": self.vaes, "embeddings": self.embeddings}


def _flags(flags: Any, *names: str) -> List[str]:
    found: List[str] = []
    for name in names:
        value = getattr(flags, name, None)
        found += [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)] if value else []
    return found


def _existing(*groups: Any) -> List[str]:
    folders: List[str] = []
    for group in groups:
        for folder in [group] if isinstance(group, str) else group:
            full = os.path.abspath(folder)
            if os.path.isdir(full) and full not in folders:
                folders.append(full)
    return folders
