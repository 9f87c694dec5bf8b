"""Runs relay-scrub against twelve simulated orgs in a terminal, and draws what the terminal shows as SVG."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME
from rich.text import Text

ROWS = 24
COMMAND = ["target/debug/relay-scrub", "scrub", "--all", "--yes"]
SHOWN = "$ relay-scrub scrub --all"


def run(columns, configuration):
    """Returns the screen in the middle of the run, and the last rows of it at the end."""
    screen = pyte.HistoryScreen(columns, ROWS, history=10_000)
    stream = pyte.ByteStream(screen)
    stream.feed((SHOWN + "\r\n").encode())
    child, terminal = pty.fork()
    if child == 0:
        environment = {"TERM": "xterm-256color", "HOME": os.environ["HOME"], "RELAY_SCRUB_CLIENT_SECRET": "example"}
        time.sleep(0.2)
        os.execve(COMMAND[0], COMMAND + ["--config", configuration], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    middle = None
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        stream.feed(data)
        lines = "\n".join(screen.display)
        if middle is None and "cleared 1 of 1" in lines and "logging in" not in lines and "reading again" in lines:
            middle = rows(screen)
    os.waitpid(child, 0)
    return middle or [], rows(screen)


def rows(screen):
    """The rows of a screen as styled texts, without empty ones at the end."""
    drawn = []
    for number in range(screen.lines):
        text = Text(end="")
        for column in range(screen.columns):
            cell = screen.buffer[number][column]
            color = None if cell.fg == "default" else cell.fg.replace("brown", "yellow")
            text.append(cell.data, Style(color=color, bold=cell.bold))
        text.rstrip()
        drawn.append(text)
    while drawn and not drawn[-1].plain:
        drawn.pop()
    return drawn


def draw(lines, columns, path, theme):
    console = Console(width=columns, record=True, file=open(os.devnull, "w"), force_terminal=True, color_system="truecolor")
    for line in lines:
        console.print(line, soft_wrap=True)
    # The picture loads nothing: whoever looks at it has a font of fixed width.
    picture = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="relay-scrub", theme=theme), flags=re.DOTALL)
    with open(path, "w", encoding="utf-8") as file:
        file.write(picture)


def main():
    columns, folder = int(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        configuration = os.path.join(work, "relay-scrub.toml")
        orgs = subprocess.Popen(["target/debug/examples/twelve_orgs", configuration], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        orgs.stdout.readline()
        try:
            middle, end = run(columns, configuration)
        finally:
            orgs.stdin.close()
            orgs.wait()
    for name, lines in (("progress", middle), ("terminal", end)):
        draw(lines, columns, os.path.join(folder, f"{name}-dark.svg"), SVG_EXPORT_THEME)
        draw(lines, columns, os.path.join(folder, f"{name}-light.svg"), DEFAULT_TERMINAL_THEME)


main()
