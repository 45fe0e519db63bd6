"""The proxy inside of a WebUI: what passes, how, and how fast."""

import hashlib
import http.client
import json
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

from cases import EventReader, WebUiTest
from server_standin import StandinServer
from support import ask, eventually

MIB = 1 << 20


class ProxyTests(WebUiTest):
    def setUp(self):
        super().setUp()
        self.webui = self.start()
        self.base = self.webui.url + "/lorabridge/v1"

    def test_forward_the_path_and_query_arrive_as_they_were_sent(self):
        answer = ask(self.base + "/adapters/10_cat%2F%C3%A4%20b?after=3&q=%26+x")
        self.assertEqual(answer.json["path"], "/lorabridge/v1/adapters/10_cat%2F%C3%A4%20b?after=3&q=%26+x")
        self.assertEqual(ask(self.webui.url + "/lorabridge/openapi/lorabridge.v1.json").json["path"], "/openapi/lorabridge.v1.json")
        self.assertEqual(ask(self.webui.url + "/lorabridge/sdapi/v1/samplers").json["path"], "/sdapi/v1/samplers")

    def test_forward_methods_and_bodies(self):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                self.assertEqual(ask(self.base + "/echo", method, b"caf\xc3\xa9").json["body"], "caf\xc3\xa9")
        self.assertEqual([request["method"] for request in self.server.requests if request["path"].endswith("echo")], ["POST", "PUT", "PATCH", "DELETE"])
        self.assertEqual(ask(self.base + "/echo", "POST").json["headers"]["content-length"], "0")
        self.assertNotIn("content-length", ask(self.base + "/echo").json["headers"])
        head = ask(self.base + "/weights", "HEAD")
        self.assertEqual((head.status, head.headers["content-length"], head.body), (200, "3000000", b""))

    def test_forward_headers_of_the_request_itself_pass_and_those_of_the_way_do_not(self):
        os.environ["LORABRIDGE_TOKEN"] = "right-token"
        sent = {"Accept": "application/json", "If-Match": '"3"', "Last-Event-ID": "9", "Content-Type": "text/plain", "Range": "bytes=0-1"}
        hidden = {"Cookie": "access-token=x", "Authorization": "Basic eDp5", "Origin": self.webui.url, "Referer": self.webui.url, "Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "1.2.3.4",
                  "X-Mine": "1",
                  "TE": "trailers", "Connection": "keep-alive, X-Mine", "Accept-Encoding": "deflate"}
        got = ask(self.base + "/echo", "POST", b"x", {**sent, **hidden}).json["headers"]
        for name, value in sent.items():
            self.assertEqual(got[name.lower()], value)
        self.assertEqual((got["host"], got["authorization"], got["connection"]), (f"127.0.0.1:{self.server.port}", "Bearer right-token", "close"))
        for name in ("cookie", "origin", "referer", "sec-fetch-site", "x-forwarded-for", "te", "accept-encoding", "x-mine"):
            self.assertNotIn(name, got)

    def test_forward_answers_lose_what_concerns_the_way_only(self):
        answer = ask(self.base + "/echo")
        for name in ("set-cookie", "access-control-allow-origin"):
            self.assertNotIn(name, answer.headers)
        self.server.token = "another-token"
        answer = ask(self.base + "/echo")
        self.assertEqual((answer.status, answer.json["code"]), (502, "token"))
        self.assertNotIn("www-authenticate", answer.headers)     # or the browser would ask its user for the server's password

    def test_forward_a_large_answer_is_whole_and_not_packed(self):
        answer = ask(self.base + "/weights", headers={"Accept-Encoding": "gzip"})
        self.assertEqual((len(answer.body), answer.headers["content-length"]), (3_000_000, "3000000"))
        self.assertEqual(answer.headers["content-encoding"], "identity")

    def test_forward_an_answer_that_breaks_off_does_not_look_whole(self):
        with self.assertRaises(http.client.HTTPException):
            ask(self.base + "/cut")
        answer = ask(self.base + "/mute")
        self.assertEqual((answer.status, answer.json["code"]), (502, "broken"))
        self.assertEqual(ask(self.base + "/echo").status, 200)

    def test_forward_a_refusal_before_the_body_is_read_arrives(self):
        answer = ask(self.base + "/refused", "POST", b"x" * (4 * MIB))
        self.assertEqual((answer.status, answer.json["cure"]), (413, "Send less."))

    def test_forward_events_pass_one_by_one_as_they_happen(self):
        reader = EventReader(self.webui.url)
        self.addCleanup(reader.close)
        self.assertEqual(reader.answer.headers["content-type"], "text/event-stream")
        slowest = 0.0
        for number in range(20):
            text = f"id: {number}\nevent: step\ndata: {{}}\n\n"
            begun = time.monotonic()
            self.server.events.put(text)
            self.assertEqual(reader.next(), text.encode())
            slowest = max(slowest, time.monotonic() - begun)
        self.assertLess(slowest, 1)              # some milliseconds; kept back it would be for ever
        self.server.events.put(None)
        self.assertEqual(reader.rest(), b"")
        request = next(request for request in self.server.requests if request["path"].endswith("events"))
        self.assertEqual(request["headers"]["last-event-id"], "7")

    def test_forward_events_end_quietly_when_the_server_dies(self):
        self.server.events.put("data: 1\n\n")
        reader = EventReader(self.webui.url)
        self.addCleanup(reader.close)
        reader.next()
        self.server.events.put(None)
        self.assertEqual(reader.rest(), b"")

    def test_forward_a_client_that_leaves_ends_the_servers_work(self):
        for method in ("GET", "POST"):
            with self.subTest(method):
                self.server.left.clear()
                self.server.requests.clear()
                connection = http.client.HTTPConnection("127.0.0.1", self.webui.port)
                connection.request(method, "/lorabridge/v1/slow")
                eventually(lambda: any(request["path"].endswith("slow") for request in self.server.requests))
                self.assertFalse(self.server.left.is_set())
                connection.close()
                self.assertTrue(self.server.left.wait(5))

    def test_forward_many_at_once(self):
        readers = [EventReader(self.webui.url) for _ in range(40)]
        self.assertEqual(ask(self.base + "/echo").status, 200)
        for reader in readers:
            self.server.events.put(None)
        for reader in readers:
            self.assertEqual(reader.rest(), b"")
            reader.close()

    def test_forward_strange_methods_are_refused(self):
        self.assertEqual(ask(self.base + "/echo", "TRACE").status, 405)


class UploadTests(unittest.TestCase):
    """The WebUI as a process of its own, whose memory can be looked at."""

    @unittest.skipUnless(os.path.isdir("/proc"), "needs /proc to see another process's memory")
    def test_forward_200_mb_pass_through_without_being_kept(self):
        server = StandinServer()
        self.addCleanup(server.close)
        webui = subprocess.Popen([sys.executable, "-B", str(Path(__file__).with_name("webui_standin.py")), "--server", server.url, "--page", str(Path(__file__).parent)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(webui.wait)
        self.addCleanup(webui.stdout.close)
        self.addCleanup(webui.stdin.close)
        url = webui.stdout.readline().strip()
        target = "/lorabridge/v1/datasets/d/pictures"
        piece = os.urandom(MIB)
        for headers in ({"Content-Length": str(8 * MIB)}, {"Transfer-Encoding": "chunked"}):
            self._upload(url, target, piece, 8, headers)         # what the first requests load stays loaded
        before = _memory(webui.pid)
        answer = self._upload(url, target, piece, 200, {"Content-Length": str(200 * MIB)})
        grown = _memory(webui.pid) - before

        digest = hashlib.sha256()
        for _ in range(200):
            digest.update(piece)
        self.assertEqual(answer, (200 * MIB, digest.hexdigest()))
        self.assertLess(grown, 20 * MIB, f"the WebUI's memory grew by {grown / MIB:.0f} MiB")

    def _upload(self, url, target, piece, count, headers):
        connection = http.client.HTTPConnection(url.split("//")[1], timeout=60)
        connection.request("POST", target, body=(piece for _ in range(count)), headers=headers, encode_chunked="Transfer-Encoding" in headers)
        answer = connection.getresponse()
        report = json.loads(answer.read())
        connection.close()
        return report["bytes"], report["sha256"]


def _memory(process):
    """The most that it ever had, in bytes."""
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


if __name__ == "__main__":
    unittest.main()
