"""Everything below /lorabridge on the WebUI's app, as one ASGI application.

    v1/…, openapi/…, sdapi/v1/…   the server's, through the proxy
    page/…                        the page's files
    webui/status                  how the server, the WebUI's model and the jobs are (GET)
    webui/start, webui/token, webui/restore, webui/refresh-loras  (POST)
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Callable, Optional

from .answers import Receive, Scope, Send, send_json, send_problem
from .assets import Assets
from .bridge import Bridge
from .guard import Guard
from .paths import inner_path, target_of
from .proxy import Proxy

_MOST_JSON = 16 * 1024


class LoraBridgeApp:
    """Mounted on each of the WebUI's apps; `is_closing` tells that its server waits for open connections to end."""

    def __init__(self, bridge: Bridge, guard: Guard, is_closing: Callable[[], bool] = lambda: False) -> None:
        self._bridge = bridge
        self._guard = guard
        self._is_closing = is_closing
        self._assets = Assets(bridge.host.extension / "page")
        self._proxy = Proxy(lambda: bridge.settings.address, bridge.token, bridge.on_answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        refusal = await self._guard.check(scope)
        if refusal is not None:
            headers = [(b"www-authenticate", b'Basic realm="WebUI"')] if refusal.asks_for_password else []
            await send_problem(send, refusal.status, refusal.code, refusal.detail, refusal.cure, headers)
            return

        before, rest = inner_path(scope)
        target = target_of(rest)
        if target is not None:
            await self._proxy.forward(target, before, scope, receive, send, self._is_closing)
        elif rest.startswith(b"page/") and scope["method"] in ("GET", "HEAD"):
            await self._assets.answer(rest[len(b"page/"):], scope, send)
        elif rest.startswith(b"webui/"):
            await self._own(rest[len(b"webui/"):].decode("latin-1"), scope, receive, send)
        else:
            await send_problem(send, 404, "path", "There is nothing at this address.", "The server's API is below /lorabridge/v1.")

    async def _own(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        bridge = self._bridge
        if name == "status" and scope["method"] == "GET":
            await send_json(send, await _in_thread(bridge.status))
        elif scope["method"] != "POST" or name not in ("start", "token", "restore", "refresh-loras"):
            await send_problem(send, 404, "path", "There is nothing at this address.", "See extension/README.md for what there is.")
        elif name == "start":
            words = await _in_thread(bridge.start_server)
            if words:
                await send_problem(send, 503, "start", words, "The LoraBridge section of the settings has what is needed for starting it.")
            else:
                await send_json(send, bridge.starter.as_json())
        elif name == "token":
            await self._keep_token(receive, send)
        elif name == "restore":
            await _in_thread(lambda: bridge.memory.restore("The WebUI's model was brought back."))
            await send_json(send, bridge.memory.as_json())
        else:
            await _in_thread(bridge.host.refresh_loras)
            await send_json(send, {})

    async def _keep_token(self, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        try:
            token = json.loads(body or b"")["token"] if body is not None else None
            if not isinstance(token, str):
                raise ValueError("The body must be JSON with the token as text: {\"token\": \"…\"}.")
            health = await _in_thread(lambda: self._bridge.enter_token(token))
        except (ValueError, KeyError, TypeError) as error:
            words = str(error) if type(error) is ValueError else "The body must be JSON with the token as text: {\"token\": \"…\"}."
            await send_problem(send, 400, "token", words, "Copy the token from where the server printed it, as a whole.")
            return
        await send_json(send, health.as_json())


async def _in_thread(work: Callable[[], Any]) -> Any:
    """What may wait for a lock, a disk or a connection stays off the loop that answers the whole WebUI."""
    return await asyncio.get_running_loop().run_in_executor(None, work)


async def _read(receive: Receive) -> Optional[bytes]:
    """A small body; None for one that is too large or broke off."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body") or b""
        if len(body) > _MOST_JSON:
            return None
        if not message.get("more_body"):
            return body
