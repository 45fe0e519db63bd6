"""A stand-in for the WebUI: thin `modules` and `gradio` around the real extension, on a real FastAPI app run by uvicorn.

It does what the WebUI does in the order the WebUI does it: executes scripts/lorabridge.py, builds settings and tabs, launches, sets up middleware
and the API, calls app_started; Reload UI closes the server (waiting for its connections, as gradio does), executes the script again and starts
over with a new app. `kind` is a1111 (gradio 3) or forge (gradio 4).

As a program it serves a page with the fields of txt2img as the WebUI draws them, for tests in a browser:

    python3 tests/extension/webui_standin.py --server http://127.0.0.1:7870 [--kind forge] [--port 7860] [--page FOLDER]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
import tempfile
import threading
import time
import types
from pathlib import Path
from typing import Any, Dict, List, Optional

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = ROOT / "extension"


class OptionInfo:
    """As in both WebUIs; `restrict_api` and `category_id` came with A1111 1.7."""

    def __init__(self, default=None, label="", component=None, component_args=None, onchange=None, section=None, refresh=None, comment_before="",
                 comment_after="", infotext=None, restrict_api=False, category_id=None):
        self.default, self.label, self.section, self.restrict_api, self.comment_after = default, label, section, restrict_api, comment_after

    def info(self, text):
        self.comment_after += text
        return self


class Options:
    """The settings; what was not set has its option's default."""

    def __init__(self):
        self.data_labels: Dict[str, OptionInfo] = {}
        self.data: Dict[str, Any] = {}

    def add_option(self, key, info):
        self.data_labels[key] = info

    def __getattr__(self, name):
        if name in self.__dict__.get("data", {}):
            return self.data[name]
        if name in self.__dict__.get("data_labels", {}):
            return self.data_labels[name].default
        raise AttributeError(name)


class Model:
    """A loaded model; remembers where it is."""

    def __init__(self):
        self.device = "cuda"


class WebUi:
    """One WebUI process."""

    def __init__(self, folder: Path, kind: str = "a1111", page: Optional[Path] = None, has_ui: bool = True, api: bool = True, port: int = 0, **flags: Any) -> None:
        self.kind, self.folder, self.has_ui, self.has_api, self.port = kind, folder, has_ui, api, port
        self.extension = _install(folder, page)
        self.flags = types.SimpleNamespace(**{"ckpt_dir": None, "vae_dir": None, "lora_dir": str(folder / "models" / "Lora"), "embeddings_dir": str(folder / "embeddings"),
                                              "api_auth": None, "gradio_auth": None, "gradio_auth_path": None, "listen": False, "share": False, "server_name": None,
                                              "cors_allow_origins": None, "cors_allow_origins_regex": None, "disable_extension_access": False, **flags})
        self.opts = Options()
        self.model: Optional[Model] = Model()
        self.calls: List[str] = []
        """What the extension did to the WebUI: release, restore, refresh."""
        self.localization = "None"
        """The name of the file from which it has its words, as its settings say it."""
        self.turn = threading.Lock()
        self.errors: List[BaseException] = []
        """What callbacks raised; the WebUI would log and go on."""
        self.app: Any = None
        for name in ("Stable-diffusion", "Lora", "VAE"):
            (folder / "models" / name).mkdir(parents=True, exist_ok=True)
        (folder / "embeddings").mkdir(exist_ok=True)
        (folder / "models" / "Stable-diffusion" / "sd15.safetensors").write_bytes(b"")
        self.opts.data["sd_model_checkpoint"] = "sd15.safetensors [0123456789]"

    def start(self) -> "WebUi":
        self._load()
        self._serve()
        return self

    def reload(self) -> None:
        """Reload UI: the server first, the callbacks after."""
        self._close_server()
        for callback in reversed(self.callbacks.get("script_unloaded", [])):
            self._call(callback)
        self._load()
        self._serve()

    def stop(self) -> None:
        self._close_server()

    @property
    def bridge(self):
        return self.script.BRIDGE

    # a picture is drawn: the scripts first, then the model, which must be on the device
    def draw(self) -> str:
        with self.turn:
            for script in self.always_visible:
                script.before_process(types.SimpleNamespace())
            return "picture" if self.model is None or self.model.device == "cuda" else "Expected all tensors to be on the same device"

    def _load(self) -> None:
        self.callbacks: Dict[str, List[Any]] = {}
        for name, module in {**self._modules(), "gradio": _gradio(self.kind)}.items():
            sys.modules[name] = module
        path = list(sys.path)
        sys.path.insert(0, str(self.extension))
        self.script = _execute(self.extension / "scripts" / "lorabridge.py")
        sys.path[:] = path + [entry for entry in sys.path if entry not in path and entry != str(self.extension)]
        self.always_visible = [value() for value in vars(self.script).values() if isinstance(value, type) and issubclass(value, sys.modules["modules.scripts"].Script)]
        for callback in self.callbacks.get("ui_settings", []):
            self._call(callback)
        self.tabs = [tab for callback in self.callbacks.get("ui_tabs", []) for tab in (self._call(callback) or [])] if self.has_ui else []

    def _serve(self) -> None:
        self.app = _gradio_app(self) if self.has_ui else FastAPI()
        self.server = uvicorn.Server(uvicorn.Config(self.app, host="127.0.0.1", port=self.port, log_level="error"))
        self.server.install_signal_handlers = lambda: None
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        if self.has_ui:
            self._run()                          # gradio launches before the WebUI adds anything
        self.app.user_middleware.insert(0, Middleware(GZipMiddleware, minimum_size=1000))
        if self.has_api:
            self.app.user_middleware.insert(0, Middleware(BaseHTTPMiddleware, dispatch=_measured))
        self.app.middleware_stack = self.app.build_middleware_stack()
        demo = types.SimpleNamespace(server=self.server) if self.has_ui else None
        for callback in self.callbacks.get("app_started", []):
            self._call(callback, demo, self.app)
        if not self.has_ui:
            self._run()

    def _run(self) -> None:
        self.thread.start()
        while not self.server.started:
            if not self.thread.is_alive():
                raise RuntimeError("uvicorn did not start")
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _close_server(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)                     # gradio 3 waits forever, gradio 4 for five seconds
        if self.thread.is_alive():
            raise TimeoutError("the WebUI's server waits for open connections")

    def _call(self, callback: Any, *args: Any) -> Any:
        try:
            return callback(*args)
        except Exception as error:
            self.errors.append(error)
            return None

    def _modules(self) -> Dict[str, types.ModuleType]:
        def register(name: str):
            return lambda callback, *, name=name, **_: self.callbacks.setdefault(name, []).append(callback)

        class Script:
            pass

        class LoraPage:
            name = title = "Lora"

            @staticmethod
            def refresh() -> None:
                self.calls.append("refresh")

        def move(model: Model, device: str, call: str) -> None:
            model.device = device
            self.calls.append(call)

        info = types.SimpleNamespace(title="sd15.safetensors [0123456789]", filename=str(self.folder / "models" / "Stable-diffusion" / "sd15.safetensors"))
        modules = {
            "modules": _module("modules"),
            "modules.script_callbacks": _module("script_callbacks", **{f"on_{name}": register(name) for name in ("ui_settings", "ui_tabs", "app_started", "before_reload", "script_unloaded")}),
            "modules.scripts": _module("scripts", Script=Script, AlwaysVisible=object(), basedir=lambda: str(self.extension)),
            "modules.shared": _module("shared", opts=self.opts, cmd_opts=self.flags, OptionInfo=OptionInfo),
            "modules.paths": _module("paths", script_path=str(self.folder), data_path=str(self.folder), models_path=str(self.folder / "models")),
            "modules.call_queue": _module("call_queue", queue_lock=self.turn),
            "modules.ui_extra_networks": _module("ui_extra_networks", extra_pages=[types.SimpleNamespace(name="checkpoints", title="Checkpoints"), LoraPage()]),
            "modules.sd_models": _module(
                "sd_models", checkpoint_aliases={info.title: info}, model_data=types.SimpleNamespace(sd_model=self.model),
                send_model_to_cpu=lambda model: move(model, "cpu", "release"), send_model_to_device=lambda model: move(model, "cuda", "restore")),
        }
        for name in ("modules_forge", "backend"):
            sys.modules.pop(name, None)
        if self.kind == "forge":
            modules["modules_forge"] = _module("modules_forge")
            modules["backend"] = _module("backend", memory_management=_module(
                "memory_management", unload_all_models=lambda: self.calls.append("release"), soft_empty_cache=lambda: None))
        for name, module in modules.items():
            if name.startswith("modules."):
                setattr(modules["modules"], name.partition(".")[2], module)
        return modules


def forget_extension() -> None:
    """As a new process: no module of the extension is there, nor its bridge."""
    bridge = sys.modules.get("lorabridge.bridge")
    if bridge is not None and bridge._bridge is not None:
        bridge._bridge.end()
    for name in [name for name in sys.modules if name == "lorabridge" or name.startswith("lorabridge.")]:
        del sys.modules[name]


def _install(folder: Path, page: Optional[Path]) -> Path:
    """The extension as it would lie in extensions/, with another page if one is given."""
    place = folder / "extensions" / "lorabridge"
    place.mkdir(parents=True, exist_ok=True)
    for entry in EXTENSION.iterdir():
        if entry.name != "page" or page is None:
            (place / entry.name).symlink_to(entry)
    if page is not None:
        (place / "page").symlink_to(page)
    return place


def _execute(path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(path.name, path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def _module(name: str, **members: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(members)
    return module


def _gradio(kind: str) -> types.ModuleType:
    """The two components that a mount needs. gradio 3 knows .style(); gradio 4 refuses words that it does not know."""
    known = {"Blocks": {"analytics_enabled", "css", "title"}, "HTML": {"value", "label", "elem_id", "visible", "elem_classes"}}

    def component(name: str):
        class Component:
            def __init__(self, value: Any = None, **words: Any) -> None:
                unknown = set(words) - known[name]
                if unknown and kind == "forge":
                    raise TypeError(f"{name} has no {', '.join(sorted(unknown))}")
                self.value, self.words, self.children = value, words, []
                for block in _open:
                    block.children.append(self)

            def __enter__(self):
                _open.append(self)
                return self

            def __exit__(self, *_: Any) -> None:
                _open.remove(self)

            if kind != "forge":
                def style(self, **_: Any):
                    return self
        return Component

    _open: List[Any] = []
    return _module("gradio", Blocks=component("Blocks"), HTML=component("HTML"), __version__="4.40.0" if kind == "forge" else "3.41.2")


def _gradio_app(webui: WebUi) -> FastAPI:
    """The routes of gradio that matter here: the page, files, the login."""
    app: Any = FastAPI()
    pairs = [pair.split(":", 1) for pair in (webui.flags.gradio_auth or "").split(",") if pair]
    app.auth = dict(pairs) or None
    app.tokens = {}
    app.cookie_id = "x7"
    suffix = f"-{app.cookie_id}" if webui.kind == "forge" else ""
    if webui.kind == "forge":
        app.auth_dependency = None

    @app.get("/user")
    def get_current_user(request: Request):
        token = request.cookies.get(f"access-token{suffix}") or request.cookies.get(f"access-token-unsecure{suffix}")
        return app.tokens.get(token)

    @app.get("/login_check")
    @app.get("/login_check/")
    def login_check(user: Optional[str] = Depends(get_current_user)):
        if app.auth is None or user is not None:
            return
        raise HTTPException(401, "Not authenticated")

    @app.post("/login")
    async def login(request: Request):
        user, _, password = (await request.body()).decode().partition(":")
        if (app.auth or {}).get(user) != password:
            raise HTTPException(400, "Incorrect credentials.")
        app.tokens["secret-of-" + user] = user
        answer = Response("ok")
        answer.set_cookie(f"access-token{suffix}", "secret-of-" + user, httponly=True)
        return answer

    @app.get("/")
    def page():
        return HTMLResponse(_page(webui))

    @app.get("/file={path:path}")
    def file(path: str):
        full = (webui.extension / path).resolve()
        kind = {".mjs": "text/javascript", ".css": "text/css"}.get(full.suffix)
        if EXTENSION not in full.parents or kind is None:
            raise HTTPException(404)
        return Response(full.read_bytes(), media_type=kind)

    return app


async def _measured(request: Request, call_next):
    """As the WebUI's API: every answer passes through it."""
    answer = await call_next(request)
    answer.headers["X-Process-Time"] = "0.0001"
    return answer


def _page(webui: WebUi) -> str:
    """The WebUI's page as its own scripts leave it: tabs, the fields of txt2img, the globals."""
    tabs = "".join(f'<div id="tab_{name}" class="tabitem" hidden>{"".join(child.value or "" for child in blocks.children)}</div>' for blocks, _, name in webui.tabs)
    forms = "".join(_FORM[webui.kind].replace("TAB", tab) for tab in ("txt2img", "img2img"))
    return (_HTML.replace("TABS", forms + tabs).replace('localization: "None"', f'localization: "{webui.localization}"').replace("ERRORS", "" if not webui.errors else repr(webui.errors)))


_FORM = {
    "a1111": """<div id="tab_TAB" class="tabitem" hidden>
      <div id="TAB_prompt"><label><textarea aria-label="prompt">a fox</textarea></label></div><div id="TAB_neg_prompt"><label><textarea aria-label="negative">blur</textarea></label></div>
      <div id="TAB_sampling"><label><div class="wrap"><input value="Euler a" aria-label="sampler"></div></label></div><div id="TAB_scheduler"><label><input value="Karras" aria-label="scheduler"></label></div>
      <div id="TAB_steps"><input type="number" value="24" aria-label="steps"><input type="range" value="24" aria-label="steps"></div>
      <div id="TAB_cfg_scale"><input type="number" value="6.5" aria-label="cfg"></div><div id="TAB_width"><input type="number" value="512" aria-label="width"></div>
      <div id="TAB_height"><input type="number" value="768" aria-label="height"></div><div id="TAB_seed"><input type="number" value="-1" aria-label="seed"></div>
      <button id="TAB_lora_extra_refresh_internal" hidden>Refresh</button></div>""",
    "forge": """<div id="tab_TAB" class="tabitem" hidden>
      <div id="TAB_prompt"><label class="block"><div class="input-container"><textarea data-testid="textbox" aria-label="prompt">a fox</textarea></div></label></div>
      <div id="TAB_neg_prompt"><label class="block"><textarea data-testid="textbox" aria-label="negative">blur</textarea></label></div>
      <div id="TAB_sampling"><div class="container"><div class="wrap-inner"><input role="listbox" value="Euler a" aria-label="sampler"></div></div></div>
      <div id="TAB_scheduler"><div class="container"><input role="listbox" value="Karras" aria-label="scheduler"></div></div>
      <div id="TAB_steps"><div class="head"><input data-testid="number-input" type="number" value="24" aria-label="steps"></div><input type="range" value="24" aria-label="steps"></div>
      <div id="TAB_cfg_scale"><input type="number" value="6.5" aria-label="cfg"></div><div id="TAB_width"><input type="number" value="512" aria-label="width"></div>
      <div id="TAB_height"><input type="number" value="768" aria-label="height"></div><div id="TAB_seed"><label><input type="number" value="-1" aria-label="seed"></label></div>
      <button id="TAB_lora_extra_refresh_internal" hidden>Refresh</button></div>""",
}

_HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Stable Diffusion</title><link rel="icon" href="data:,"><style>
body { margin: 0; font: 16px system-ui, sans-serif; } body.dark { background: #0b0f19; color: #f3f4f6; --body-text-color: #f3f4f6; --block-background-fill: #1f2937;
  --border-color-primary: #374151; --color-accent: #f97316; --button-primary-background-fill: #c2410c; --button-primary-text-color: #fff; --input-background-fill: #374151; }
</style><script>
var opts = { localization: "None" }, heard = [], updates = [];
function gradioApp() { return document; }
function onAfterUiUpdate(f) { updates.push(f); }
function updateInput(target) { target.dispatchEvent(new Event("input", { bubbles: true })); }
function showTab(name) { document.querySelectorAll(".tabitem").forEach(tab => tab.hidden = tab.id !== "tab_" + name); heard.push("tab " + name); }
function switch_to_txt2img() { showTab("txt2img"); }
function switch_to_img2img() { showTab("img2img"); }
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("textarea").forEach(area => area.addEventListener("input", () => heard.push("input " + area.closest("[id]").id)));
  document.querySelectorAll("button").forEach(button => button.addEventListener("click", () => heard.push("click " + button.id)));
  showTab(new URLSearchParams(location.search).get("tab") || "lorabridge");
  setInterval(() => updates.forEach(f => f()), 200);
});
</script><script type="module" src="file=javascript/lorabridge.mjs"></script></head><body class="dark"><div class="gradio-container">ERRORS TABS</div>
<link rel="stylesheet" href="file=style.css"></body></html>"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="the LoraBridge server's address")
    parser.add_argument("--kind", choices=("a1111", "forge"), default="a1111")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--page", type=Path, help="a folder to take instead of extension/page")
    parser.add_argument("--gradio-auth")
    given = parser.parse_args()
    os.environ["LORABRIDGE_URL"] = given.server
    folder = Path(tempfile.mkdtemp(prefix="webui-standin-"))
    try:
        webui = WebUi(folder, given.kind, given.page.resolve() if given.page else None, port=given.port, gradio_auth=given.gradio_auth).start()
        print(webui.url, flush=True)
        sys.stdin.read()                         # ends with whoever started it
        webui.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
