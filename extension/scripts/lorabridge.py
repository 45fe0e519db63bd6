"""The LoraBridge tab: the one file that knows the WebUI (AUTOMATIC1111 1.10 with gradio 3, Forge with gradio 4).

It registers callbacks and nothing else: no network, no process, no model is touched while the WebUI loads. What it makes of `modules` goes to
the package beside it as a `Host`; the tab is one empty element that javascript/lorabridge.mjs fills.
"""

import html
import sys
from contextlib import nullcontext
from pathlib import Path

import gradio as gr
from modules import script_callbacks, scripts, shared

EXTENSION = Path(scripts.basedir())
if str(EXTENSION) not in sys.path:
    # the WebUI puts it there only while this file loads, and its versions differ; the package's name is nobody else's
    sys.path.append(str(EXTENSION))

from lorabridge.app import LoraBridgeApp  # noqa: E402
from lorabridge.bridge import bridge_of  # noqa: E402
from lorabridge.folders import WebUiFolders  # noqa: E402
from lorabridge.guard import Guard, Passwords  # noqa: E402
from lorabridge.host import Host  # noqa: E402

IS_FORGE = "modules_forge" in sys.modules
MOUNT = "/lorabridge"


def _folders():
    from modules import paths

    return WebUiFolders.read(shared.cmd_opts, str(paths.script_path), str(getattr(paths, "data_path", paths.script_path)), str(paths.models_path))


def _checkpoint():
    """The one that is chosen: asking `shared.sd_model` would load it."""
    from modules import sd_models

    title = getattr(shared.opts, "sd_model_checkpoint", None)
    info = sd_models.checkpoint_aliases.get(title) if title else None
    return {"title": info.title, "filename": str(info.filename)} if info is not None else None


def _turn():
    try:
        from modules.call_queue import queue_lock
    except ImportError:
        return nullcontext()
    return queue_lock


def _is_open():
    """As the WebUI decides whether its page may install extensions: what is set there could run programs as well."""
    flags = shared.cmd_opts
    listens = any(getattr(flags, name, None) for name in ("listen", "share", "ngrok", "server_name"))
    return bool(getattr(flags, "disable_extension_access", listens and not getattr(flags, "enable_insecure_extension_access", False)))


def _release_model():
    if IS_FORGE:
        try:
            from backend import memory_management
        except ImportError:                      # Forge of 2024, and forks of it
            from ldm_patched.modules import model_management as memory_management

        memory_management.unload_all_models()
        memory_management.soft_empty_cache()
        return True                              # Forge brings models back itself when it draws

    from modules import sd_models

    model = getattr(sd_models.model_data, "sd_model", None)
    if model is None:
        return False
    sd_models.send_model_to_cpu(model)
    return True


def _restore_model():
    if IS_FORGE:
        return
    from modules import sd_models

    model = getattr(sd_models.model_data, "sd_model", None)
    if model is not None:
        sd_models.send_model_to_device(model)


def _refresh_loras():
    from modules import ui_extra_networks

    for page in ui_extra_networks.extra_pages:
        if getattr(page, "name", "").lower() == "lora" or getattr(page, "title", "").lower() == "lora":
            page.refresh()


BRIDGE = bridge_of(Host(
    extension=EXTENSION,
    name="forge" if IS_FORGE else "a1111",
    options=lambda: {name: getattr(shared.opts, name, None) for name in SETTINGS if getattr(shared.opts, name, None) is not None},
    is_open=_is_open(),
    folders=_folders,
    checkpoint=_checkpoint,
    turn=_turn,
    release_model=_release_model,
    restore_model=_restore_model,
    refresh_loras=_refresh_loras,
))

SETTINGS = {
    "lorabridge_url": ("http://127.0.0.1:7870", "Server address",
                       "where ./lorabridge serve listens; LORABRIDGE_URL in the environment goes before"),
    "lorabridge_token_file": ("", "File with the server's token",
                              "only for a server that asks for one; the token itself is never a setting, because settings can be read by everyone here. The tab can keep it, too"),
    "lorabridge_command": ("", "Start command",
                           "the path of LoraBridge's launcher, with more options if wanted; empty: found beside the extension or the WebUI"),
    "lorabridge_autostart": (False, "Start the server with the WebUI", "it ends with the WebUI, too"),
    "lorabridge_release_model": (True, "Send the WebUI's model to main memory while LoraBridge trains",
                                 "it comes back when the training ends, and when you generate"),
    "lorabridge_refresh_loras": (True, "Refresh the LoRA list when LoraBridge has made one", ""),
}


def on_ui_settings():
    """A section of the settings page. The API may read them, not write them."""
    for name, (default, label, info) in SETTINGS.items():
        option = shared.OptionInfo(default, label, section=("lorabridge", "LoraBridge"), category_id="training", restrict_api=True)
        shared.opts.add_option(name, option.info(info) if info else option)


def on_ui_tabs():
    """One mount. Its address is relative, so that it works wherever the WebUI is served."""
    about = {"base": "./lorabridge/v1", "page": "./lorabridge/page/app.mjs", "own": "./lorabridge/webui", "kind": BRIDGE.host.name}
    data = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in about.items())
    with gr.Blocks(analytics_enabled=False) as tab:
        gr.HTML(f'<div id="lorabridge_mount" {data}><p class="lorabridge-words">LoraBridge is loading …</p></div>', elem_id="lorabridge_html")
    return [(tab, "LoraBridge", "lorabridge")]


def on_app_started(demo, app):
    """Mounts the proxy: once for each app, before any route that takes every path."""
    server = getattr(demo, "server", None)
    application = LoraBridgeApp(BRIDGE, Guard(app, Passwords.read(shared.cmd_opts)), lambda: bool(getattr(server, "should_exit", False)))
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", None) != MOUNT]
    app.mount(MOUNT, application, name="lorabridge")
    app.router.routes.insert(0, app.router.routes.pop())
    BRIDGE.begin()


class RestoreBeforeDrawing(scripts.Script):
    """Whoever draws a picture while the model is away gets it back first: the WebUI would fail."""

    def title(self):
        """The script's name in the API."""
        return "LoraBridge"

    def show(self, is_img2img):
        """Always, without controls."""
        return scripts.AlwaysVisible

    def before_process(self, p, *args):
        """Runs in the WebUI's turn."""
        BRIDGE.memory.restore_in_turn("The WebUI's model was brought back, because a picture was asked for.")


script_callbacks.on_ui_settings(on_ui_settings)
script_callbacks.on_ui_tabs(on_ui_tabs)
script_callbacks.on_app_started(on_app_started)
