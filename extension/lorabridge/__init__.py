"""What the WebUI's LoraBridge tab does on the WebUI's side: everything that needs neither `modules` nor `gradio`.

Only the standard library is imported here, so that the extension adds nothing to the WebUI's environment and every part
can be tested alone. The one file that knows the WebUI is scripts/lorabridge.py.
"""

VERSION = "0.1.0"
NEEDED_SERVER = (0, 1)
"""The oldest server whose API the tab's page speaks, as (major, minor)."""
