"""Which addresses are forwarded."""

import unittest

import support  # noqa: F401

from lorabridge.paths import inner_path, target_of


class TargetTests(unittest.TestCase):
    def test_target_of_what_is_listed_is_forwarded_as_it_was_encoded(self):
        for rest, target in [
            (b"v1/jobs", b"/lorabridge/v1/jobs"), (b"v1", b"/lorabridge/v1"),
            (b"v1/datasets/a/pictures/10_cat%2F%C3%A4%20b.png", b"/lorabridge/v1/datasets/a/pictures/10_cat%2F%C3%A4%20b.png"),
            (b"openapi/lorabridge.v1.json", b"/openapi/lorabridge.v1.json"), (b"sdapi/v1/samplers", b"/sdapi/v1/samplers"),
            (b"v1/adapters/a..b", b"/lorabridge/v1/adapters/a..b"),
        ]:
            with self.subTest(rest):
                self.assertEqual(target_of(rest), target)

    def test_target_of_everything_else_is_not(self):
        for rest in [b"", b"v2/jobs", b"v1x", b"docs", b"metrics", b"sdapi/v2/x", b"page/app.mjs", b"v1/../../sdapi/v1/server-stop", b"v1/%2e%2e/x", b"v1/%2E./x",
                     b"v1/..%2fx", b"v1/..", b"v1/./x", b"v1/a%5c..%5cb", b"v1/a\\..\\b", b"v1/a%00b", b"v1/a b", b"v1/a\r\nX: y", b"v1/\xff", b"/v1/jobs", b"http://evil/v1"]:
            with self.subTest(rest):
                self.assertIsNone(target_of(rest))


class InnerPathTests(unittest.TestCase):
    def test_inner_path_of_every_way_to_mount(self):
        for scope in [
            {"path": "/v1/a b", "root_path": "/lorabridge", "raw_path": b"/lorabridge/v1/a%20b"},
            {"path": "/lorabridge/v1/a b", "root_path": "/lorabridge", "raw_path": b"/lorabridge/v1/a%20b"},
            {"path": "/v1/a b", "root_path": "/lorabridge", "raw_path": b"/lorabridge/v1/a%20b?query"},
            {"path": "/v1/a b", "root_path": "/lorabridge"},
        ]:
            with self.subTest(scope):
                self.assertEqual(inner_path(scope), (b"", b"v1/a%20b"))

    def test_inner_path_below_a_folder(self):
        self.assertEqual(inner_path({"path": "/x", "raw_path": b"/sd/lorabridge/v1/x"}), (b"/sd", b"v1/x"))
        self.assertEqual(inner_path({"path": "/x", "raw_path": b"/lorabridge/v1/lorabridge/x"}), (b"", b"v1/lorabridge/x"))


if __name__ == "__main__":
    unittest.main()
