"""Who may use what is mounted on the WebUI: those who may use the WebUI, from its own pages.

Routes that an extension adds stand outside of the WebUI's login and of its API's password, so both are asked for here.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Pattern, Sequence
from urllib.parse import urlsplit

from .answers import Scope, header

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Refusal:
    """Why a request is not served."""

    status: int
    code: str
    detail: str
    cure: str
    asks_for_password: bool = False


@dataclass(frozen=True)
class Passwords:
    """The start flags that concern it: pairs of --api-auth, whether --gradio-auth was given, origins that CORS allows."""

    api_users: Dict[str, str]
    has_ui_login: bool = False
    origins: Sequence[str] = ()
    origins_pattern: Optional[Pattern[str]] = None

    @staticmethod
    def read(flags: Any) -> "Passwords":
        """Reads them from the WebUI's parsed command line."""
        users = {}
        for pair in str(getattr(flags, "api_auth", None) or "").split(","):
            user, found, password = pair.partition(":")
            if found:
                users[user] = password
        pattern = getattr(flags, "cors_allow_origins_regex", None)
        return Passwords(
            users,
            has_ui_login=bool(getattr(flags, "gradio_auth", None) or getattr(flags, "gradio_auth_path", None)),
            origins=[origin.strip() for origin in str(getattr(flags, "cors_allow_origins", None) or "").split(",") if origin.strip()],
            origins_pattern=re.compile(pattern) if pattern else None,
        )


class Guard:
    """Checks each request against the WebUI's own login and the page it comes from."""

    def __init__(self, app: Any, passwords: Passwords) -> None:
        """`app` is the WebUI's FastAPI app; with gradio on it, it knows who is logged in."""
        self._app = app
        self._passwords = passwords

    async def check(self, scope: Scope) -> Optional[Refusal]:
        """None for a request that may pass."""
        return self._check_origin(scope) or await self._check_login(scope)

    def _check_origin(self, scope: Scope) -> Optional[Refusal]:
        """Other web pages must not send what changes something: the proxy would vouch for them before the server."""
        if scope["method"] in _SAFE_METHODS:
            return None
        origin = header(scope, b"origin")
        if origin is not None and self._is_allowed(origin):
            return None
        # browsers say it themselves where the page is secure or local, whatever stands between them and us
        site = header(scope, b"sec-fetch-site")
        if site in ("same-origin", "none") or (site is None and (origin is None or _same_host(origin, scope))):
            return None
        return Refusal(403, "origin", f"A page of another origin ({origin or site}) may not change anything here.",
                       "Use LoraBridge from the WebUI's own tab, or allow that origin with the WebUI's --cors-allow-origins.")

    def _is_allowed(self, origin: str) -> bool:
        passwords = self._passwords
        return origin in passwords.origins or "*" in passwords.origins or bool(
            passwords.origins_pattern and passwords.origins_pattern.fullmatch(origin))

    async def _check_login(self, scope: Scope) -> Optional[Refusal]:
        has_login = self._passwords.has_ui_login or _asks_for_login(self._app)
        if not has_login and not self._passwords.api_users:
            return None
        if self._knows_password(scope) or (has_login and await self._is_logged_in(scope)):
            return None
        return Refusal(401, "login", "This WebUI asks for a login, and this request has none.",
                       "Log in to the WebUI and reload the page; programs send a user of --api-auth (HTTP Basic).",
                       asks_for_password=bool(self._passwords.api_users) and not has_login)

    def _knows_password(self, scope: Scope) -> bool:
        scheme, _, text = (header(scope, b"authorization") or "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            user, _, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        expected = self._passwords.api_users.get(user)
        return hmac.compare_digest((expected or "").encode(), password.encode()) and expected is not None

    async def _is_logged_in(self, scope: Scope) -> bool:
        """Asks the WebUI's own route for it: how it names its cookies differs from version to version."""
        path = next((str(route.path) for route in getattr(self._app, "routes", ())
                     if str(getattr(route, "path", "")).endswith("/login_check")), None)
        if path is None:
            return False
        question = {**scope, "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
                    "app_root_path": "", "headers": [(name, value) for name, value in scope["headers"] if name.lower() == b"cookie"]}
        question.pop("path_params", None)
        statuses: List[int] = []

        async def receive() -> Dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        try:
            await self._app.router(question, receive, send)
        except Exception as error:               # refusals are exceptions that the app's outer layers would make answers of
            if getattr(error, "status_code", None) is None:
                raise
            return False
        return statuses == [200]


def _asks_for_login(app: Any) -> bool:
    return getattr(app, "auth", None) is not None or getattr(app, "auth_dependency", None) is not None


def _same_host(origin: str, scope: Scope) -> bool:
    """Whether the page's host is the one that was asked. Proxies that leave the port out of Host are believed."""
    theirs = urlsplit(origin)
    for name in (b"host", b"x-forwarded-host"):
        ours = urlsplit("//" + (header(scope, name) or ""))
        if theirs.hostname and theirs.hostname == ours.hostname and (ours.netloc.lower() == theirs.netloc.lower() or ours.port is None):
            return True
    return False
