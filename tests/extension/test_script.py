"""scripts/lorabridge.py in a WebUI: tabs, settings, routes, the model, Reload UI."""

import json
import os
import subprocess
import sys
import threading
import time
import unittest

import support
from cases import EventReader, WebUiTest
from support import ask, eventually
from webui_standin import WebUi, forget_extension


class ScriptTests(WebUiTest):
    def test_load_adds_one_tab_with_a_mount_and_settings_that_the_api_cannot_write(self):
        webui = self.start()

        (blocks, title, elem_id), = webui.tabs
        mount, = blocks.children
        self.assertEqual((title, elem_id, mount.words["elem_id"]), ("LoraBridge", "lorabridge", "lorabridge_html"))
        self.assertIn('id="lorabridge_mount" data-base="./lorabridge/v1"', mount.value)
        self.assertNotIn("://", mount.value)     # relative only: the WebUI may lie below any folder
        options = webui.opts.data_labels
        self.assertEqual(len(options), 6)
        self.assertTrue(all(option.restrict_api for option in options.values()))
        self.assertNotIn("token", [name.replace("lorabridge_", "") for name in options])

    def test_status_says_what_there_is(self):
        webui = self.start()
        status = ask(webui.url + "/lorabridge/webui/status").json

        self.assertEqual((status["server"]["state"], status["server"]["version"], status["server"]["address"]), ("ok", "0.1.0", self.server.url))
        self.assertEqual(status["webui"]["kind"], self.kind)
        self.assertTrue(status["webui"]["checkpoint"]["filename"].endswith("sd15.safetensors"))
        self.assertEqual(status["webui"]["folders"]["loras"], [str(webui.folder / "models" / "Lora")])
        self.assertEqual((status["model"]["released"], status["jobs"]["training"], status["problems"]), (False, False, []))

    def test_page_files_come_from_the_extension_with_their_types_and_fresh(self):
        webui = self.start()
        answer = ask(webui.url + "/lorabridge/page/app.mjs")

        self.assertEqual((answer.status, answer.headers["content-type"], answer.headers["cache-control"]), (200, "text/javascript; charset=utf-8", "no-cache"))
        self.assertEqual(ask(webui.url + "/lorabridge/page/app.mjs", headers={"If-None-Match": answer.headers["etag"]}).status, 304)
        for path in ("page/../scripts/lorabridge.py", "page/%2e%2e/scripts/lorabridge.py", "page/none.mjs", "page/", "page", "", "docs", "v2/x", "webui/none", "webui/start"):
            with self.subTest(path):
                self.assertEqual(ask(f"{webui.url}/lorabridge/{path}").status, 404)

    def test_reload_ui_twice_everything_works_and_the_bridge_is_the_same(self):
        webui = self.start()
        bridge = webui.bridge
        threads = threading.active_count()
        for _ in range(2):
            webui.reload()
            self.assertEqual(ask(webui.url + "/lorabridge/v1/echo").status, 200)
            self.assertIs(webui.bridge, bridge)
            self.assertEqual([route.path for route in webui.app.routes].count("/lorabridge"), 1)
        self.assertEqual(webui.errors, [])
        self.assertLessEqual(threading.active_count(), threads + 1)

    def test_reload_ui_while_events_are_open_does_not_wait_for_them(self):
        webui = self.start()
        reader = EventReader(webui.url)
        self.server.events.put("data: 1\n\n")
        reader.next()
        begun = time.monotonic()
        webui.reload()
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(reader.rest(), b"")     # ended, not broken: the browser's reader comes again by itself

    def test_api_only_mode_has_the_routes_and_asks_for_the_apis_password(self):
        webui = self.start(has_ui=False, api_auth="ann:secret")
        self.assertEqual(webui.tabs, [])
        self.assertEqual(ask(webui.url + "/lorabridge/v1/echo").status, 401)
        self.assertEqual(ask(webui.url + "/lorabridge/v1/echo", headers={"Authorization": "Basic YW5uOnNlY3JldA=="}).status, 200)
        self.assertEqual([request["headers"].get("authorization") for request in self.server.requests if request["path"].endswith("echo")], [None])

    def test_gradio_auth_lets_nobody_in_who_has_not_logged_in(self):
        webui = self.start(gradio_auth="ann:secret")
        for path in ("v1/echo", "webui/status", "page/app.mjs", "openapi/x.json"):
            with self.subTest(path):
                answer = ask(f"{webui.url}/lorabridge/{path}")
                self.assertEqual((answer.status, answer.json["code"]), (401, "login"))
                self.assertNotIn("www-authenticate", answer.headers)     # the WebUI's login is a page, not a question of the browser's
        self.assertEqual(ask(webui.url + "/lorabridge/v1/echo", headers={"Cookie": "access-token=guessed; access-token-x7=guessed"}).status, 401)
        self.assertFalse([request for request in self.server.requests if request["path"].endswith("echo")])

        cookie = ask(webui.url + "/login", "POST", b"ann:secret").headers["set-cookie"].split(";")[0]
        answer = ask(webui.url + "/lorabridge/v1/echo", headers={"Cookie": cookie})
        self.assertEqual(answer.status, 200)
        self.assertNotIn("cookie", answer.json["headers"])

    def test_a_training_sends_the_model_away_and_brings_it_back_and_lists_the_lora(self):
        webui = self.start()
        self.server.jobs = [{"id": "job-1", "kind": "train", "state": "running"}]
        answer = ask(webui.url + "/lorabridge/v1/jobs", "POST", b"{}")       # by which the watch is woken
        self.assertEqual((answer.status, answer.headers["location"]), (201, "/lorabridge/v1/jobs/job-1"))
        eventually(lambda: webui.calls == ["release"])
        self.assertTrue(ask(webui.url + "/lorabridge/webui/status").json["model"]["released"])

        self.server.jobs = []
        webui.bridge.watch.wake()
        eventually(lambda: ask(webui.url + "/lorabridge/webui/status").json["jobs"]["refreshes"] == 1)
        self.assertEqual(webui.calls, self.after_training)

    after_training = ["release", "restore", "refresh"]

    def test_a_picture_in_the_middle_of_a_training_is_drawn(self):
        webui = self.start()
        self.server.jobs = [{"id": "job-1", "kind": "train", "state": "running"}]
        webui.bridge.watch.wake()
        eventually(lambda: webui.bridge.memory.is_released)
        self.assertEqual(webui.draw(), "picture")
        self.assertFalse(webui.bridge.memory.is_released)

    def test_the_webui_ends_in_the_middle_of_a_training_with_its_model_back(self):
        webui = self.start()
        self.server.jobs = [{"id": "job-1", "kind": "train", "state": "running"}]
        webui.bridge.watch.wake()
        eventually(lambda: webui.bridge.memory.is_released)
        forget_extension()
        self.assertFalse(webui.bridge.memory.is_released)

    def test_no_model_is_loaded_for_asking(self):
        webui = WebUi(self.folder / "webui", self.kind, self.folder / "page")
        webui.model = None
        webui.start()
        self.addCleanup(webui.stop)
        self.server.jobs = [{"id": "job-1", "kind": "train", "state": "running"}]
        webui.bridge.watch.wake()
        eventually(lambda: ask(webui.url + "/lorabridge/webui/status").json["jobs"]["training"])
        self.server.jobs = []
        webui.bridge.watch.wake()
        eventually(lambda: ask(webui.url + "/lorabridge/webui/status").json["jobs"]["refreshes"] == 1)
        self.assertEqual(webui.calls, self.after_training if self.kind == "forge" else ["refresh"])

    def test_keeping_an_adapter_refreshes_the_list(self):
        webui = self.start()
        self.assertEqual(ask(webui.url + "/lorabridge/v1/jobs/job-1/keep", "POST", b"{}").status, 200)
        eventually(lambda: webui.calls == ["refresh"])
        self.assertEqual(ask(webui.url + "/lorabridge/webui/refresh-loras", "POST").json, {})
        self.assertEqual(webui.calls, ["refresh", "refresh"])

    def test_a_token_that_is_entered_is_used_and_never_shown(self):
        webui = self.start()
        self.server.token = "right-token"
        self.assertEqual(ask(webui.url + "/lorabridge/webui/status").json["server"]["state"], "token")
        for body, status in ((b"", 400), (b"[]", 400), (b'{"token": 5}', 400), (b'{"token": "a b"}', 400), (b'{"token": "wrong-token"}', 200), (b'{"token": "right-token"}', 200)):
            answer = ask(webui.url + "/lorabridge/webui/token", "POST", body)
            self.assertEqual(answer.status, status, body)
        self.assertEqual(answer.json["state"], "ok")
        answer = ask(webui.url + "/lorabridge/v1/echo")
        self.assertEqual(answer.json["headers"]["authorization"], "Bearer right-token")
        self.assertNotIn(b"right-token", ask(webui.url + "/lorabridge/webui/status").body)

    def test_a_token_that_was_refused_is_not_sent_again_and_again(self):
        webui = self.start()
        self.server.token = "right-token"
        ask(webui.url + "/lorabridge/webui/token", "POST", b'{"token": "wrong-token"}')
        for _ in range(5):
            status = ask(webui.url + "/lorabridge/webui/status").json
            self.assertEqual(ask(webui.url + "/lorabridge/v1/jobs").json["code"], "token")
        self.assertIn("refuses the token", status["server"]["words"])
        sent = [request["headers"].get("authorization") for request in self.server.requests]
        self.assertEqual(sent.count("Bearer wrong-token"), 1)    # the server lets an address try a few times only
        os.environ["LORABRIDGE_TOKEN"] = "right-token"
        self.assertEqual(ask(webui.url + "/lorabridge/v1/echo").status, 200)

    def test_a_token_that_was_just_entered_is_tried_once_while_others_ask(self):
        webui = self.start()
        self.server.token = "right-token"
        is_over = threading.Event()

        def look():
            while not is_over.is_set():
                webui.bridge.watch.wake()
                ask(webui.url + "/lorabridge/v1/jobs")

        others = [threading.Thread(target=look) for _ in range(3)]
        for other in others:
            other.start()
        for i in range(10):
            ask(webui.url + "/lorabridge/webui/token", "POST", json.dumps({"token": f"wrong-token-{i}"}).encode())
        is_over.set()
        for other in others:
            other.join()
        sent = [request["headers"].get("authorization") for request in list(self.server.requests)]
        self.assertEqual([sent.count(f"Bearer wrong-token-{i}") for i in range(10)], [1] * 10)

    def test_another_page_may_not_start_or_change_anything(self):
        webui = self.start()
        for path in ("webui/start", "webui/token", "v1/jobs", "webui/restore"):
            with self.subTest(path):
                self.assertEqual(ask(f"{webui.url}/lorabridge/{path}", "POST", b"{}", {"Origin": "http://evil.example", "Content-Type": "text/plain"}).status, 403)
        self.assertEqual(ask(webui.url + "/lorabridge/v1/jobs", "POST", b"{}", {"Origin": webui.url}).status, 201)

    def test_a_webui_open_to_the_network_takes_no_command_from_its_settings(self):
        del os.environ["LORABRIDGE_URL"]
        webui = WebUi(self.folder / "webui", self.kind, self.folder / "page", disable_extension_access=True)
        webui.opts.data.update(lorabridge_command="/bin/touch " + str(self.folder / "touched"), lorabridge_url="http://127.0.0.1:1")
        webui.start()
        self.addCleanup(webui.stop)
        status = ask(webui.url + "/lorabridge/webui/status").json
        self.assertIn("LORABRIDGE_COMMAND", status["problems"][0])
        ask(webui.url + "/lorabridge/webui/start", "POST")
        self.assertFalse((self.folder / "touched").exists())


class ForgeScriptTests(ScriptTests):
    """The same in Forge, which brings models back itself."""

    kind = "forge"
    after_training = ["release", "refresh"]


class AwayTests(WebUiTest):
    """A server that is not there, or does not answer, costs the WebUI nothing."""

    def test_status_a_server_that_is_away_has_words_and_a_cure(self):
        self.server.close()
        webui = self.start()
        status = ask(webui.url + "/lorabridge/webui/status").json

        self.assertEqual((status["server"]["state"], status["starter"]["state"]), ("away", "idle"))
        self.assertIn("not running", status["server"]["words"])
        self.assertIn("./lorabridge serve", status["server"]["cure"])
        answer = ask(webui.url + "/lorabridge/v1/jobs")
        self.assertEqual((answer.status, answer.headers["content-type"], answer.json["code"]), (502, "application/problem+json", "away"))

    def test_start_the_server_with_the_button(self):
        self.server.close()
        program = self.folder / "start.py"
        program.write_text(f"import sys; sys.path.insert(0, {str(support.ROOT / 'tests' / 'extension')!r})\n"
                           "import time; from server_standin import StandinServer\n"
                           f"StandinServer({self.server.port}); print(*sys.argv[1:], flush=True); time.sleep(60)\n")
        os.environ["LORABRIDGE_COMMAND"] = f"{sys.executable} {program}"
        webui = self.start()
        self.addCleanup(lambda: webui.bridge.starter.stop(5))

        self.assertEqual(ask(webui.url + "/lorabridge/webui/start", "POST").json["state"], "running")
        eventually(lambda: ask(webui.url + "/lorabridge/webui/status").json["server"]["state"] == "ok")
        webui.reload()                           # does not end it
        status = ask(webui.url + "/lorabridge/webui/status").json
        self.assertEqual((status["server"]["state"], status["starter"]["state"]), ("ok", "running"))
        self.assertIn(f"serve --no-install --port {self.server.port} --webui-dir {webui.folder}", status["starter"]["log"])
        self.assertIn("--model", status["starter"]["log"])

    def test_load_touches_no_network_and_is_quick_whatever_the_server_does(self):
        probe = f"""
import os, socket, subprocess, sys, time
from pathlib import Path
sys.path.insert(0, {str(support.ROOT / "tests" / "extension")!r})
import webui_standin
webui = webui_standin.WebUi(Path({str(self.folder / "w")!r}), "forge", Path({str(self.folder / "page")!r}))
def forbidden(*_, **__): raise SystemExit("the network or a process was touched")
kept = socket.socket.connect, subprocess.Popen.__init__
socket.socket.connect = subprocess.Popen.__init__ = forbidden
begun = time.process_time()
webui._load()
print(time.process_time() - begun, webui.errors)
os._exit(0)
"""
        run = subprocess.run([sys.executable, "-B", "-c", probe], capture_output=True, text=True, env={**os.environ, "LORABRIDGE_URL": "http://192.0.2.1:9"})
        self.assertEqual(run.returncode, 0, run.stderr + run.stdout)
        seconds, errors = run.stdout.split(maxsplit=1)
        self.assertEqual(errors.strip(), "[]")
        self.assertLess(float(seconds), 0.5)     # of the processor's time: about 0.05 on a machine with nothing else to do

    def test_app_started_does_not_wait_for_a_server_that_never_answers(self):
        os.environ["LORABRIDGE_URL"] = "http://192.0.2.1:9"      # an address that swallows everything
        webui = WebUi(self.folder / "webui", self.kind, self.folder / "page")
        webui.opts.data["lorabridge_autostart"] = True
        begun = time.monotonic()
        webui.start()
        self.addCleanup(webui.stop)
        self.assertLess(time.monotonic() - begun, 2.5)
        self.assertEqual(ask(webui.url + "/").status, 200)

    def test_modules_that_lack_what_is_asked_break_nothing(self):
        webui = self.start()
        del sys.modules["modules.ui_extra_networks"].extra_pages
        sys.modules["modules.sd_models"].model_data = None
        self.server.jobs = [{"id": "job-1", "kind": "train", "state": "running"}]
        webui.bridge.watch.wake()
        time.sleep(0.1)
        self.assertEqual(ask(webui.url + "/lorabridge/webui/status").status, 200)
        self.assertEqual(webui.draw(), "picture")


if __name__ == "__main__":
    unittest.main()
