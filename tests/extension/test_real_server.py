"""The whole way with the real server on the tiny model: started by the tab, pictures through the proxy, a training, an adapter in the WebUI's folder."""

import json
import os
import shutil
import struct
import sys
import unittest
import zlib

from cases import EventReader
from support import ROOT, FolderTest, ask, eventually
from webui_standin import WebUi, forget_extension

SERVER = ROOT / "src" / "LoraBridge.Server" / "bin" / "Release" / "net10.0" / "LoraBridge.Server.dll"
FIXTURES = ROOT / "tests" / "Fixtures"
DOTNET = os.environ.get("LORABRIDGE_DOTNET") or shutil.which("dotnet")
HOME = os.environ.get("HOME")

# what the launcher does in the end: gives way to the program, without its own options
LAUNCHER = f"""
import os, sys
arguments = [word for word in sys.argv[1:] if word != "--no-install"] + ["--device", "cpu", "--dtype", "float32",
    "--vocabulary", {str(FIXTURES / "clip" / "bpe_simple_vocab_16e6.txt.gz")!r}, "--data", os.environ["LORABRIDGE_DATA"]]
os.environ["HOME"] = {HOME!r}
os.execv({DOTNET!r}, [{DOTNET!r}, {str(SERVER)!r}, *arguments])
"""


class RealServerTests(FolderTest):
    def test_from_the_button_to_the_webuis_list(self):
        self.assertTrue(DOTNET and SERVER.exists(), "the server is not built: ./lorabridge test builds it first")
        (self.folder / "launcher.py").write_text(LAUNCHER)
        os.environ.update(LORABRIDGE_DATA=str(self.folder / "data"), LORABRIDGE_URL=f"http://127.0.0.1:{_free_port()}",
                          LORABRIDGE_COMMAND=f"{sys.executable} {self.folder / 'launcher.py'}", LORABRIDGE_TOKEN="a-token-of-the-test")
        self.addCleanup(forget_extension)
        webui = WebUi(self.folder / "webui", "a1111", self.folder)
        checkpoint = self.folder / "webui" / "models" / "Stable-diffusion" / "sd15.safetensors"
        checkpoint.write_bytes((FIXTURES / "goldens" / "sd15-tiny" / "model.safetensors").read_bytes())
        webui.start()
        self.addCleanup(webui.stop)
        self.addCleanup(lambda: webui.bridge.starter.stop(30))
        api = webui.url + "/lorabridge/v1"
        page = {"Origin": webui.url, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json", "Cookie": "other=1"}

        self.assertEqual(ask(webui.url + "/lorabridge/webui/start", "POST", b"{}", page).status, 200)
        eventually(lambda: ask(webui.url + "/lorabridge/webui/status").json["server"]["state"] == "ok", 90)

        dataset = ask(api + "/datasets", "POST", b'{"name": "patterns"}', page)
        self.assertEqual((dataset.status, dataset.headers["location"].partition("/")[0]), (201, ""))
        body, kind = _form({name: data for i in range(4) for name, data in ((f"{i}.png", _picture(i)), (f"{i}.txt", f"pattern {i}".encode()))})
        uploaded = ask(f"{api}/datasets/{dataset.json['id']}/pictures", "POST", body, {**page, "Content-Type": kind})
        self.assertIn(uploaded.status, (200, 201), uploaded.body)

        request = {"kind": "train", "name": "patterns", "request": {"settings": {
            "train_data_dir": dataset.json["id"], "seed": 3, "resolution": 64, "buckets.minimumSide": 64, "batch_size": 2, "schedule.warmup": 0, "network.rank": 4, "epochs": 3}}}
        added = ask(api + "/jobs", "POST", json.dumps(request).encode(), page)
        self.assertEqual(added.status, 201, added.body)
        job = added.json["jobs"][0]["id"]
        reader = EventReader(webui.url, job, timeout=120)
        self.addCleanup(reader.close)
        events = reader.rest().decode()
        self.assertIn("event: step", events)
        self.assertEqual(ask(f"{api}/jobs/{job}").json["state"], "finished")
        webui.bridge.watch.wake()
        eventually(lambda: webui.calls == ["release", "restore", "refresh"])

        kept = ask(f"{api}/jobs/{job}/keep", "POST", b'{"file": "patterns.safetensors"}', page)
        self.assertEqual(kept.status, 200, kept.body)
        self.assertTrue((webui.folder / "models" / "Lora" / "patterns.safetensors").exists(), kept.body)
        eventually(lambda: webui.calls[3:] == ["refresh"])

        self.assertEqual(ask(api + "/adapters/patterns").status, 200)
        self.assertNotIn("a-token-of-the-test", webui.bridge.starter.tail())


def _free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _picture(number):
    """A PNG of 64 x 64, as simple as they come."""
    rows = b"".join(b"\0" + bytes((x * (2 + number) + y * 3 + c) % 256 for x in range(64) for c in range(3)) for y in range(64))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _form(files):
    """A form as browsers send it."""
    parts = [f'--cut\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + data + b"\r\n" for name, data in files.items()]
    return b"".join(parts) + b"--cut--\r\n", "multipart/form-data; boundary=cut"


if __name__ == "__main__":
    unittest.main()
