"""Who may use the routes."""

import asyncio
import base64
import re
import types
import unittest

import support  # noqa: F401

from lorabridge.guard import Guard, Passwords


def scope(method="POST", **headers):
    return {"type": "http", "method": method, "path": "/v1/jobs", "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": "sd.example:7860", **headers}.items()]}


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class App:
    """As gradio's app: a login, and a route that knows who has it."""

    def __init__(self, auth=None, route="/login_check"):
        self.auth = auth
        self.routes = [types.SimpleNamespace(path=route)]
        self.asked = []

    async def router(self, question, receive, send):
        self.asked.append(question)
        cookie = dict(question["headers"]).get(b"cookie", b"")
        await send({"type": "http.response.start", "status": 200 if cookie == b"access-token=good" else 401, "headers": []})


class GuardTests(unittest.TestCase):
    def check(self, asked, app=None, passwords=Passwords({})):
        refusal = asyncio.run(Guard(app or types.SimpleNamespace(routes=[]), passwords).check(asked))
        return refusal.status if refusal else 200

    def test_check_a_webui_without_passwords_lets_its_own_pages_and_programs_in(self):
        for headers in [{}, {"origin": "http://sd.example:7860"}, {"origin": "https://sd.example:7860", "sec_fetch_site": "same-origin"},
                        {"origin": "http://SD.example:7860"}, {"sec_fetch_site": "none"}, {"host": "inner:1", "x_forwarded_host": "out.example", "origin": "https://out.example"},
                        {"host": "sd.example", "origin": "http://sd.example:8443"}]:
            with self.subTest(headers):
                self.assertEqual(self.check(scope(**headers)), 200)

    def test_check_other_pages_may_not_change_anything(self):
        for headers in [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://sd.example:80"}, {"sec_fetch_site": "cross-site"},
                        {"origin": "http://sd.example:7860", "sec_fetch_site": "same-site"}, {"origin": "http://sd.example.evil:7860"}, {"origin": ""}]:
            with self.subTest(headers):
                self.assertEqual(self.check(scope(**headers)), 403)
        self.assertEqual(self.check(scope("GET", origin="http://evil.example")), 200)

    def test_check_origins_that_the_webui_allows_may(self):
        allowed = Passwords({}, origins=["http://a.example"], origins_pattern=re.compile(r"http://b\d\.example"))
        self.assertEqual(self.check(scope(origin="http://a.example", sec_fetch_site="cross-site"), passwords=allowed), 200)
        self.assertEqual(self.check(scope(origin="http://b1.example"), passwords=allowed), 200)
        self.assertEqual(self.check(scope(origin="http://b1.example.evil"), passwords=allowed), 403)

    def test_check_with_a_login_the_cookie_is_asked_of_the_webui(self):
        app = App({"ann": "secret"})
        self.assertEqual(self.check(scope("GET", cookie="access-token=good", authorization="x"), app), 200)
        self.assertEqual([name for name, _ in app.asked[0]["headers"]], [b"cookie"])
        self.assertEqual((app.asked[0]["path"], app.asked[0]["method"]), ("/login_check", "GET"))
        self.assertEqual(self.check(scope("GET", cookie="access-token=bad"), app), 401)
        self.assertEqual(self.check(scope("GET"), app), 401)

    def test_check_a_login_that_cannot_be_asked_lets_nobody_in(self):
        self.assertEqual(self.check(scope("GET", cookie="access-token=good"), App({"ann": "secret"}, route="/other")), 401)
        self.assertEqual(self.check(scope("GET"), passwords=Passwords({}, has_ui_login=True)), 401)

    def test_check_with_api_auth_a_user_and_password_open(self):
        users = Passwords({"ann": "secret", "bob": "other"})
        self.assertEqual(self.check(scope("GET", authorization=basic("ann", "secret")), passwords=users), 200)
        for header in (basic("ann", "other"), basic("eve", ""), "Basic ???", "Bearer x", basic("ann", "")):
            with self.subTest(header):
                self.assertEqual(self.check(scope("GET", authorization=header), passwords=users), 401)
        self.assertEqual(self.check(scope("GET", authorization=basic("ann", "secret")), App({"x": "y"}), users), 200)

    def test_read_flags(self):
        flags = types.SimpleNamespace(api_auth="ann:secret,bob:b", gradio_auth=None, cors_allow_origins="http://a, http://b", cors_allow_origins_regex=None)
        passwords = Passwords.read(flags)
        self.assertEqual((passwords.api_users, passwords.has_ui_login, list(passwords.origins)), ({"ann": "secret", "bob": "b"}, False, ["http://a", "http://b"]))
        self.assertTrue(Passwords.read(types.SimpleNamespace(gradio_auth_path="users.txt")).has_ui_login)


if __name__ == "__main__":
    unittest.main()
