"""Starting the server, and ending it with the WebUI however that ends."""

import os
import signal
import subprocess
import sys
import textwrap
import time
import unittest

from server_standin import StandinServer
from support import EXTENSION, FolderTest, eventually

from lorabridge.bridge import Bridge
from lorabridge.host import Host
from lorabridge.starter import Starter

# a server that notes its end: what it was told by, and that it had time to save
SERVER = textwrap.dedent("""
    import os, signal, sys, time
    def end(*_):
        print("saved", flush=True); open(sys.argv[1] + ".ended", "w").close(); sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    print("arguments", sys.argv[2:], "token", os.environ.get("LORABRIDGE_TOKEN"), "python", os.environ.get("PYTHONPATH"), flush=True)
    open(sys.argv[1], "w").write(str(os.getpid()))
    while True: time.sleep(0.05)
""")


class StarterTests(FolderTest):
    def setUp(self):
        super().setUp()
        self.note = self.folder / "note"
        (self.folder / "server.py").write_text(SERVER)
        self.command = [sys.executable, "-S", str(self.folder / "server.py"), str(self.note)]

    def test_start_runs_until_it_is_stopped_and_shows_what_was_printed(self):
        starter = Starter(self.folder / "own")
        self.assertEqual(starter.state, "idle")
        starter.start(self.command)
        starter.start(self.command)              # runs already: nothing happens
        eventually(self.note.exists)
        self.assertEqual(starter.state, "running")
        self.assertEqual(starter.tail().count("arguments"), 1)

        starter.stop(10)
        self.assertIn("saved", starter.tail())
        self.assertEqual(starter.state, "ended")

    def test_start_what_is_not_there_fails_in_words(self):
        starter = Starter(self.folder / "own")
        starter.start([str(self.folder / "nothing")])
        eventually(lambda: starter.state == "failed")
        self.assertIn("cannot be started", starter.tail())
        self.assertIn("exit code 127", starter.as_json()["words"])

    def test_start_what_ends_by_itself_is_told_by_its_own_exit_code(self):
        for code, state in ((0, "ended"), (3, "failed")):
            starter = Starter(self.folder / "own")
            starter.start([sys.executable, "-c", f"print('no .NET SDK is found'); raise SystemExit({code})"])
            eventually(lambda: starter.state != "running")
            self.assertEqual((starter.state, starter.tail()), (state, "no .NET SDK is found\n"))
        self.assertIn("exit code 3", starter.as_json()["words"])

    def test_start_where_nothing_can_be_written_fails_in_words(self):
        (self.folder / "file").write_text("")
        starter = Starter(self.folder / "file" / "own")
        starter.start(self.command)
        self.assertEqual(starter.state, "failed")
        self.assertIn("could not be started", starter.as_json()["words"])

    def test_the_webui_is_killed_and_the_server_ends_with_its_work_saved(self):
        for how in (signal.SIGKILL, signal.SIGINT):
            with self.subTest(how):
                self.note.unlink(missing_ok=True)
                webui = subprocess.Popen([sys.executable, "-c", textwrap.dedent(f"""
                    import os, signal, sys, time
                    sys.path.insert(0, {str(EXTENSION)!r})
                    from pathlib import Path
                    from lorabridge.starter import Starter
                    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
                    Starter(Path({str(self.folder / "own")!r})).start({self.command!r})
                    time.sleep(60)
                """)])
                eventually(lambda: self.note.exists() and self.note.read_text())
                server = int(self.note.read_text())
                webui.send_signal(how)
                webui.wait()
                eventually((self.folder / "note.ended").exists)
                eventually(lambda: not _is_alive(server))
                (self.folder / "note.ended").unlink()


class StartServerTests(FolderTest):
    """The bridge's part: what is started, and when it is not."""

    def setUp(self):
        super().setUp()
        self.options = {"lorabridge_url": "http://127.0.0.1:1"}
        self.bridge = Bridge(Host(extension=self.folder / "extension", options=lambda: self.options), os.environ)
        self.addCleanup(lambda: self.bridge.starter.stop(5))

    def test_command_has_the_launcher_the_port_and_installs_nothing(self):
        clone = self.folder / "clone"
        (clone / "src" / "LoraBridge.Server").mkdir(parents=True)
        (clone / "lorabridge").write_text("")
        os.environ["LORABRIDGE_HOME"] = str(clone)
        self.assertEqual(self.bridge.command(), [str(clone / "lorabridge"), "serve", "--no-install", "--port", "1"])

        self.options["lorabridge_command"] = "/x/lorabridge serve --port 5 --torch /t"
        self.assertEqual(self.bridge.command(), ["/x/lorabridge", "serve", "--port", "5", "--torch", "/t"])
        self.options["lorabridge_command"] = str(clone)
        self.assertEqual(self.bridge.command()[0], str(clone / "lorabridge"))

    def test_token_of_the_servers_data_folder_is_for_this_machines_server_only(self):
        os.environ["LORABRIDGE_DATA"] = str(self.folder)
        (self.folder / "token").write_text("server-token\n")
        self.assertEqual(self.bridge.token(), "server-token")
        self.options["lorabridge_url"] = "http://192.0.2.1:7870"
        self.assertIsNone(self.bridge.token())

    def test_start_server_without_a_program_says_where_to_get_it(self):
        os.environ["PATH"] = ""
        self.assertIn("Clone its repository", self.bridge.start_server())

    def test_start_server_where_one_answers_does_nothing(self):
        server = StandinServer()
        self.addCleanup(server.close)
        self.options["lorabridge_url"] = server.url
        self.assertIsNone(self.bridge.start_server())
        self.assertEqual(self.bridge.starter.state, "idle")

    def test_start_server_where_another_program_has_the_port_says_so(self):
        server = StandinServer(version=None)
        self.addCleanup(server.close)
        self.options["lorabridge_url"] = server.url
        self.assertIn("Another program", self.bridge.start_server())

    def test_start_server_on_another_machine_is_refused(self):
        self.options["lorabridge_url"] = "http://192.0.2.1:7870"
        self.bridge.health = lambda: type("H", (), {"state": "away", "words": "", "cure": ""})()
        self.assertIn("another machine", self.bridge.start_server())

    def test_start_server_the_token_goes_by_the_environment_and_the_webuis_python_stays_here(self):
        (self.folder / "server.py").write_text(SERVER)
        os.environ["PYTHONPATH"] = "/somewhere"
        self.bridge.enter_token("kept-token-1")
        self.options["lorabridge_command"] = f"{sys.executable} -S {self.folder}/server.py {self.folder}/note"
        begun = time.monotonic()
        self.assertIsNone(self.bridge.start_server())
        self.assertLess(time.monotonic() - begun, 2)
        eventually((self.folder / "note").exists)
        printed = self.bridge.starter.tail()
        self.assertIn("token kept-token-1 python None", printed)
        self.assertNotIn("kept-token-1", printed.split("token")[0])


def _is_alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
