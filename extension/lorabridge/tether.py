"""Runs a command for as long as whoever started this program lives, then asks it to end.

    python -I tether.py COMMAND…

The WebUI ends in many ways, most of them without a word (Ctrl+C leaves by os._exit, a crash by nothing at all). What it cannot fail to
do is to close the pipe that is this program's standard input.
"""

import os
import signal
import subprocess
import sys
import threading

_PATIENCE = 60.0  # a training is saved first


def main(command):
    """Exits with the command's code."""
    ends_politely = {"creationflags": 0x00000200} if os.name == "nt" else {}  # CREATE_NEW_PROCESS_GROUP, which Ctrl+Break can reach
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, **ends_politely)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror or error}", flush=True)
        return 127
    threading.Thread(target=_end_with_input, args=(child,), daemon=True).start()
    return child.wait()


def _end_with_input(child):
    while os.read(0, 4096):                      # not sys.stdin, whose lock would be held when the command has ended and Python ends
        pass
    print("The WebUI has ended: the server is asked to end, too.", flush=True)
    child.send_signal(signal.CTRL_BREAK_EVENT if os.name == "nt" else signal.SIGTERM)
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    # a Ctrl+C in the WebUI's terminal is the WebUI's to act on; its end is what ends us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main(sys.argv[1:]))
