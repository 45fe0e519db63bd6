"""The package as a whole: what it needs and what importing it does."""

import ast
import subprocess
import sys
import unittest

from support import EXTENSION

PROBE = """
import sys, time, socket, threading, subprocess
def forbidden(*words, **named): raise SystemExit("the network or a process was touched at import")
socket.socket.connect = forbidden
subprocess.Popen.__init__ = forbidden
sys.path.insert(0, sys.argv[1])
begun = time.perf_counter()
import importlib, pkgutil
import lorabridge
for module in pkgutil.iter_modules(lorabridge.__path__):
    importlib.import_module("lorabridge." + module.name)
print(len(list(pkgutil.iter_modules(lorabridge.__path__))), time.perf_counter() - begun, threading.active_count())
"""


class PackageTests(unittest.TestCase):
    def test_import_standard_library_alone_is_enough(self):
        # -S: no site-packages, so that whatever is not of the standard library is missing
        run = subprocess.run([sys.executable, "-I", "-S", "-B", "-c", PROBE, str(EXTENSION)], capture_output=True, text=True)

        self.assertEqual((run.returncode, run.stderr), (0, ""))
        modules, _, threads = run.stdout.split()
        self.assertGreater(int(modules), 12)
        self.assertEqual(threads, "1")

    def test_sources_name_the_webui_in_one_file_only(self):
        for path in (EXTENSION / "lorabridge").glob("*.py"):
            text = path.read_text()
            for word in ("import modules", "from modules", "import gradio", "import fastapi", "import starlette"):
                self.assertNotIn(word, text, path.name)

    def test_sources_are_python_3_9(self):
        for path in [*(EXTENSION / "lorabridge").glob("*.py"), *(EXTENSION / "scripts").glob("*.py")]:
            ast.parse(path.read_text(), str(path), feature_version=(3, 9))


if __name__ == "__main__":
    unittest.main()
