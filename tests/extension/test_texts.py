"""The notice's sentences in other languages: every one that can be said is translated, and none that cannot."""

import ast
import json
import re
import unittest
from pathlib import Path

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
SHOWN = ("health.py", "starter.py", "memory.py", "settings.py", "bridge.py", "watch.py", "client.py", "token.py")
"""Where sentences for the tab are made; what else the package says goes to logs and to clients of its routes."""


ALSO = ("app.py", "../scripts/lorabridge.py")
"""Of these some sentences reach the tab."""


def sentences(files=SHOWN):
    """Texts in the sources, with {} where a value is put in."""
    for name in files:
        tree = ast.parse((EXTENSION / "lorabridge" / name).read_text())
        notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
        for node in ast.walk(tree):
            if id(node) in notes or id(node) in inside:
                continue
            if isinstance(node, ast.JoinedStr):
                text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            yield re.sub(r"\{\}\.\{\}", "{}", text)
    script = (EXTENSION / "javascript" / "lorabridge.mjs").read_text()
    for text in re.findall(r'"([^"\n]*)"|`([^`\n]*)`', script):
        yield re.sub(r"\$\{[^}]*\}", "{}", text[0] or text[1])


class TextTests(unittest.TestCase):
    def test_every_translation_is_of_a_sentence_that_is_said(self):
        said = set(sentences(SHOWN + ALSO))
        for file in (EXTENSION / "page" / "texts" / "tab").glob("*.json"):
            for english in json.loads(file.read_text(encoding="utf-8")):
                self.assertIn(english, said, file.name)

    def test_every_sentence_is_translated(self):
        # a sentence: words with a blank between them, a capital at the beginning, a sign at the end
        said = [text for text in sentences() if re.fullmatch(r"[A-Z][^<>]* [^<>]*[.:…]", text) and "lorabridge-" not in text]
        self.assertGreater(len(said), 25)
        for file in (EXTENSION / "page" / "texts" / "tab").glob("*.json"):
            known = json.loads(file.read_text(encoding="utf-8"))
            self.assertEqual([text for text in said if text not in known and not text.startswith(("LoraBridge {} answers", "LoraBridge:"))], [], file.name)

    def test_every_value_of_a_sentence_is_in_its_translation(self):
        for file in (EXTENSION / "page" / "texts" / "tab").glob("*.json"):
            for english, text in json.loads(file.read_text(encoding="utf-8")).items():
                self.assertEqual(sorted(re.findall(r"\{(\d)\}", text)), [str(1 + i) for i in range(english.count("{}"))], english)


if __name__ == "__main__":
    unittest.main()
