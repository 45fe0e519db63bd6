"""How the server is, in words; and the folders that it is told."""

import types
import unittest

from server_standin import StandinServer
from support import FolderTest

from lorabridge.client import NoAnswer, get_json
from lorabridge.folders import WebUiFolders
from lorabridge.health import look
from lorabridge.settings import Address

HERE = Address.parse("http://127.0.0.1:7870")


class LookTests(unittest.TestCase):
    def state(self, status, answer, token=None):
        return look(HERE, token, lambda *_: (status, answer))

    def test_look_each_state_has_words_and_a_cure(self):
        def away(*_):
            raise NoAnswer("nothing answers", True)

        def silent(*_):
            raise NoAnswer("slow", False)

        for name, health in {
            "away": look(HERE, None, away), "silent": look(HERE, None, silent), "token": self.state(401, None), "refused": self.state(403, {"detail": "Host x"}),
            "stranger": self.state(200, {"sd": 1}), "old": self.state(200, {"version": "0.0.9"}), "new": self.state(200, {"version": "2.0.0"}),
        }.items():
            with self.subTest(name):
                self.assertEqual(health.state, name)
                self.assertTrue(health.words.endswith((".", "x")) and health.cure.endswith("."), health)
        self.assertEqual(self.state(200, {"version": "0.1.0"}).state, "ok")
        self.assertEqual(self.state(200, {"version": "0.7.3-beta"}).state, "ok")
        self.assertEqual(self.state(404, "<html>").state, "stranger")
        self.assertEqual([self.state(status, None).state for status in (429, 500, 503)], ["token", "silent", "silent"])
        self.assertIn("refuses the token", self.state(401, None, "old-token").words)

    def test_look_at_real_servers(self):
        server = StandinServer(token="right-token")
        address = Address.parse(server.url)
        self.assertEqual([look(address, token).state for token in (None, "wrong-token", "right-token")], ["token", "token", "ok"])
        server.close()
        self.assertEqual(look(address, None).state, "away")

    def test_get_json_from_what_is_no_server_says_so(self):
        server = StandinServer()
        self.addCleanup(server.close)
        with self.assertRaises(NoAnswer) as caught:
            get_json(Address.parse(server.url), "/mute")
        self.assertFalse(caught.exception.is_refused)


class FoldersTests(FolderTest):
    def make(self, *names):
        for name in names:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        return [str(self.folder / name) for name in names]

    def test_read_a1111_with_its_defaults(self):
        checkpoints, lora, vae, embeddings = self.make("models/Stable-diffusion", "models/Lora", "models/VAE", "embeddings")
        flags = types.SimpleNamespace(ckpt_dir=None, vae_dir=None, lora_dir=lora, embeddings_dir=embeddings, lyco_dir_backcompat=str(self.folder / "models/LyCORIS"))
        folders = WebUiFolders.read(flags, str(self.folder), str(self.folder), str(self.folder / "models"))

        self.assertEqual((folders.checkpoints, folders.loras, folders.vaes, folders.embeddings), ([checkpoints], [lora], [vae], embeddings))
        self.assertEqual(folders.arguments(), ["--webui-dir", str(self.folder), "--lora-dir", lora, "--embeddings-dir", embeddings])

    def test_read_forge_with_lists_and_folders_elsewhere(self):
        lora, first, second, models = self.make("models/Lora", "a/loras", "b/loras", "a/checkpoints")
        flags = types.SimpleNamespace(ckpt_dir=models, lora_dir=first, lora_dirs=[second])
        folders = WebUiFolders.read(flags, str(self.folder), str(self.folder), str(self.folder / "models"))

        self.assertEqual(folders.loras, [first, second, lora])
        self.assertEqual(folders.arguments()[2:], ["--ckpt-dir", models, "--lora-dir", lora, "--lora-dir", second, "--lora-dir", first])

    def test_arguments_name_the_checkpoint_that_is_there(self):
        (self.folder / "models").mkdir()
        (self.folder / "sd15.safetensors").write_bytes(b"")
        folders = WebUiFolders.read(types.SimpleNamespace(), str(self.folder), str(self.folder), str(self.folder / "models"))

        self.assertEqual(folders.arguments(str(self.folder / "sd15.safetensors"))[-2:], ["--model", str(self.folder / "sd15.safetensors")])
        self.assertNotIn("--model", folders.arguments(str(self.folder / "gone.safetensors")))

    def test_read_a_data_folder_of_its_own(self):
        self.make("data/models/Lora", "program")
        folders = WebUiFolders.read(types.SimpleNamespace(), str(self.folder / "program"), str(self.folder / "data"), str(self.folder / "data/models"))

        self.assertEqual(folders.webui, str(self.folder / "data"))


if __name__ == "__main__":
    unittest.main()
