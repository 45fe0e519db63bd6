"""Settings, places and the token."""

import os
import stat
import unittest
from pathlib import Path

from support import FolderTest

from lorabridge.places import find_launcher, own_folder
from lorabridge.settings import Address, Settings
from lorabridge.token import find_token, keep_token


class AddressTests(unittest.TestCase):
    def test_parse_usual_forms_are_understood(self):
        for text, host, port, netloc in [
            ("http://127.0.0.1:7870", "127.0.0.1", 7870, "127.0.0.1:7870"),
            ("127.0.0.1:7870/", "127.0.0.1", 7870, "127.0.0.1:7870"),
            ("https://gpu.example", "gpu.example", 443, "gpu.example"),
            ("http://[::1]:7870", "::1", 7870, "[::1]:7870"),
        ]:
            with self.subTest(text):
                address = Address.parse(text)
                self.assertEqual((address.host, address.port, address.netloc), (host, port, netloc))

    def test_parse_what_is_no_server_is_refused_with_an_example(self):
        for text in ("", "file:///etc/passwd", "http://a/b", "http://user@host:1", "http://a:99999"):
            with self.subTest(text), self.assertRaises(ValueError):
                Address.parse(text)

    def test_is_loopback_only_for_this_machine(self):
        self.assertTrue(Address.parse("http://localhost:1").is_loopback)
        self.assertTrue(Address.parse("http://127.8.0.1:1").is_loopback)
        self.assertFalse(Address.parse("http://192.168.0.9:1").is_loopback)
        self.assertFalse(Address.parse("http://localhost.evil.example:1").is_loopback)


class SettingsTests(unittest.TestCase):
    def test_read_nothing_set_has_defaults(self):
        settings = Settings.read({}, {})

        self.assertEqual((str(settings.address), settings.command, settings.autostart, settings.release_model, list(settings.problems)),
                         ("http://127.0.0.1:7870", None, False, True, []))

    def test_read_environment_goes_before_the_options(self):
        settings = Settings.read({"lorabridge_url": "http://a:1", "lorabridge_command": "b"}, {"LORABRIDGE_URL": "http://c:2", "LORABRIDGE_COMMAND": "d --e 'f g'"})

        self.assertEqual((str(settings.address), settings.command), ("http://c:2", ["d", "--e", "f g"]))

    def test_read_a_webui_open_to_the_network_takes_no_command_and_no_foreign_address_from_its_page(self):
        options = {"lorabridge_url": "http://evil.example:1", "lorabridge_command": "rm -rf", "lorabridge_token_file": "/etc/shadow"}
        settings = Settings.read(options, {}, is_open=True)

        self.assertEqual((str(settings.address), settings.command, settings.token_file), ("http://127.0.0.1:7870", None, ""))
        self.assertEqual(len(settings.problems), 2)
        self.assertIn("LORABRIDGE_URL", settings.problems[0])
        self.assertEqual(str(Settings.read({"lorabridge_url": "http://127.0.0.1:9"}, {}, is_open=True).address), "http://127.0.0.1:9")

    def test_read_a_bad_address_falls_back_and_says_so(self):
        settings = Settings.read({"lorabridge_url": "what?"}, {})

        self.assertEqual(str(settings.address), "http://127.0.0.1:7870")
        self.assertIn("what?", settings.problems[0])

    def test_read_unbalanced_quotes_say_so(self):
        settings = Settings.read({"lorabridge_command": "a 'b"}, {})

        self.assertIsNone(settings.command)
        self.assertIn("quotes", settings.problems[0])


class PlacesTests(FolderTest):
    def _launcher(self, folder: Path) -> Path:
        (folder / "src" / "LoraBridge.Server").mkdir(parents=True)
        (folder / "lorabridge").write_text("#!/bin/sh\n")
        return folder / "lorabridge"

    def test_find_launcher_beside_a_linked_extension(self):
        launcher = self._launcher(self.folder / "clone")
        (self.folder / "clone" / "extension").mkdir()
        link = self.folder / "webui" / "extensions" / "lorabridge"
        link.parent.mkdir(parents=True)
        link.symlink_to(self.folder / "clone" / "extension")

        self.assertEqual(find_launcher(link, self.folder / "webui", {}), launcher)

    def test_find_launcher_beside_the_webui(self):
        launcher = self._launcher(self.folder / "LoraBridge")

        self.assertEqual(find_launcher(self.folder / "webui" / "extensions" / "lorabridge", self.folder / "webui", {}), launcher)

    def test_find_launcher_another_file_of_the_name_is_not_taken(self):
        (self.folder / "lorabridge").write_text("")

        self.assertIsNone(find_launcher(self.folder / "extension", self.folder / "webui", {"PATH": ""}))

    def test_own_folder_by_system(self):
        self.assertEqual(own_folder({"HOME": "/h"}, "linux"), Path("/h/.local/state/lorabridge"))
        self.assertEqual(own_folder({"XDG_STATE_HOME": "/s"}, "linux"), Path("/s/lorabridge"))
        self.assertEqual(own_folder({"HOME": "/h"}, "darwin"), Path("/h/Library/Application Support/LoraBridge"))
        self.assertEqual(own_folder({"LOCALAPPDATA": "/l"}, "win32"), Path("/l/LoraBridge"))


class TokenTests(FolderTest):
    def test_find_token_environment_then_settings_file_then_the_kept_one(self):
        own, file = self.folder / "own", self.folder / "file"
        keep_token("kept-token-1", own)
        self.assertEqual(find_token("", own, {}), "kept-token-1")
        file.write_text("filed-token-2\nmore\n")
        self.assertEqual(find_token(str(file), own, {}), "filed-token-2")
        self.assertEqual(find_token(str(file), own, {"LORABRIDGE_TOKEN": "given-token-3"}), "given-token-3")

    def test_find_token_nothing_readable_is_none(self):
        self.assertIsNone(find_token(str(self.folder / "none"), self.folder, {}))
        self.assertIsNone(find_token("", self.folder, {"LORABRIDGE_TOKEN": "with a blank"}))

    def test_keep_token_is_readable_by_its_owner_only(self):
        keep_token("kept-token-1", self.folder / "own")

        self.assertEqual(stat.S_IMODE(os.stat(self.folder / "own" / "token").st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.folder / "own").st_mode), 0o700)

    def test_keep_token_an_empty_one_forgets_and_a_wrong_one_changes_nothing(self):
        keep_token("kept-token-1", self.folder)
        with self.assertRaises(ValueError):
            keep_token("line\nbreak-in-it", self.folder)
        self.assertEqual(find_token("", self.folder, {}), "kept-token-1")
        keep_token("", self.folder)
        self.assertIsNone(find_token("", self.folder, {}))


if __name__ == "__main__":
    unittest.main()
