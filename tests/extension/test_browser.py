"""javascript/lorabridge.mjs in a real browser, on the WebUI's page as each version draws it."""

import html
import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from cases import WebUiTest
from webui_standin import WebUi

CHROMIUM = next((found for found in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if found), None)
PAGE = Path(__file__).with_name("page_standin")


class BrowserTests(WebUiTest):
    kind = "a1111"

    def open(self, page=PAGE, localization="None", **options):
        """The page's content when it has come to rest, and what its console said."""
        self.assertIsNotNone(CHROMIUM, "no chromium is found: apt-get install chromium")
        webui = WebUi(self.folder / "webui", self.kind, page)
        for name, value in options.items():
            webui.opts.data["lorabridge_" + name] = value
        webui.localization = localization
        webui.start()
        self.addCleanup(webui.stop)
        run = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run",
                              f"--user-data-dir={self.folder / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom", webui.url + "/"],
                             capture_output=True, text=True, timeout=120)
        return webui, run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]

    def notice(self, content):
        return html.unescape(re.sub(r"<[^>]+>", " ", re.search(r'<section class="lorabridge-notice[^>]*>(.*?)</section>', content, re.DOTALL)[1]))

    def test_tab_is_filled_and_speaks_with_the_webui(self):
        for text in ("data: 1\n\n", "data: 2\n\n", None, "data: 3\n\n"):
            self.server.events.put(text)
        webui, content, console = self.open()
        report = json.loads(html.unescape(re.search(r'id="report"[^>]*>(.*?)</lorabridge-app>', content, re.DOTALL)[1]))

        self.assertEqual(report["attributes"], {"base": "./lorabridge/v1", "theme": "dark", "language": "en", "embedded": ""})
        self.assertEqual((report["kind"], report["checkpoint"]["title"]), (self.kind, "sd15.safetensors [0123456789]"))
        self.assertEqual(report["before"], {"prompt": "a fox", "negativePrompt": "blur", "sampler": "Euler a", "scheduler": "Karras", "steps": 24, "guidanceScale": 6.5,
                                            "width": 512, "height": 768, "seed": -1})
        self.assertEqual((report["taken"], report["prompt"], report["other"], report["path"]), (True, "a fox <lora:ink:0.8>", "a bear", "/lorabridge/v1/echo"))
        self.assertEqual((report["events"], report["event"], report["bytes"]), ("data: 1\n\ndata: 2\n\n", "3", 3_000_000))
        self.assertEqual(report["texts"], ["a fox <lora:ink:1>", "a fox <lora:ink:1>, fog", "<lora:ink:0.2:0.3> <lora:fog:1>", "<lora:ink2:1> <lora:ink:1>", "a b", "a $& <lora:a.b:$1>"])
        self.assertEqual(report["languages"], ["en", "zh-CN", "zh-CN", "zh-TW", "ja-jp", "en"])
        self.assertEqual(report["heard"], ["tab lorabridge", "input txt2img_prompt", "tab txt2img", "input img2img_prompt", "tab img2img",
                                           "click txt2img_lora_extra_refresh_internal", "click img2img_lora_extra_refresh_internal"])
        self.assertIn("refresh", webui.calls)
        self.assertEqual(console, [])
        self.assertIn("hidden", re.search(r'<section class="lorabridge-notice[^>]*>', content)[0])


class ForgeBrowserTests(BrowserTests):
    kind = "forge"


class TroubleBrowserTests(BrowserTests):
    """What is wrong stands in the tab, with what helps; the WebUI goes on."""

    test_tab_is_filled_and_speaks_with_the_webui = None

    def test_server_away_says_so_and_offers_to_start_it(self):
        self.server.close()
        _, content, console = self.open(command="/opt/lorabridge")
        self.assertIn("The LoraBridge server is not running", self.notice(content))
        self.assertIn("Start the server", self.notice(content))
        self.assertNotIn("<lorabridge-app", content)
        self.assertEqual(console, [])

    def test_server_wants_a_token_asks_for_it(self):
        self.server.token = "right-token"
        _, content, _ = self.open()
        self.assertIn("asks for a token", self.notice(content))
        self.assertRegex(content, r"<label>The server's token <input type=\"password\"")

    def test_notice_speaks_the_language_of_the_webui(self):
        self.server.close()
        _, content, console = self.open(page=None, localization="zh_CN", command="/opt/lorabridge", url="'nowhere'")
        self.assertIn("LoraBridge 服务器没有运行", self.notice(content))
        self.assertIn("没有回应", self.notice(content))
        self.assertIn("启动服务器", self.notice(content))
        self.assertNotRegex(self.notice(content), "The server|Start")
        self.assertEqual(console, [])

    def test_page_that_fails_says_so(self):
        (self.folder / "page" / "app.mjs").write_text("throw new Error('half of it');\n")
        _, content, _ = self.open(self.folder / "page")
        self.assertIn("could not be loaded: half of it", self.notice(content))
        self.assertIn("install it anew", self.notice(content))


if __name__ == "__main__":
    unittest.main()
