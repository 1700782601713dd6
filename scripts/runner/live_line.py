"""What a run of the notebooks shows while it runs."""

import re
import shutil
import sys
import threading
import time


def clock(seconds):
    """Time as people read it: 75 is 1:15."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def last_line(text):
    """The last line of a text that has anything on it, without what a terminal would obey."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", text)
    lines = [line.strip() for line in re.split(r"[\r\n]", plain) if line.strip()]
    return lines[-1] if lines else ""


def shortened(text, room):
    return text if len(text) <= room else f"{text[: max(room - 1, 0)]}…"


class LiveLine:
    """One line that is kept up to date on a terminal; elsewhere a line for each cell, and one in 15 s in a long one."""

    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.cell, self.source, self.printed, self.started, self.shown = "", "", "", 0.0, 0.0
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.tick, daemon=True)
        self.thread.start()

    def begin(self, cell, source=""):
        with self.lock:
            self.cell, self.source, self.printed, self.started = cell, source, "", time.monotonic()
            self.show()

    def tick(self):
        while not self.stopped.wait(0.5):
            with self.lock:
                if self.cell and (self.terminal or time.monotonic() - self.shown > 15):
                    self.show()

    def show(self):
        self.shown = time.monotonic()
        elapsed = clock(self.shown - self.started)
        if not self.terminal:
            parts = [self.cell, self.source, self.printed and f"| {self.printed}", elapsed]
            print("  ".join(filter(None, parts)), flush=True)
            return
        room = shutil.get_terminal_size().columns - len(self.cell) - len(elapsed) - 5
        printed = self.printed and f"  | {self.printed}"
        source = shortened(self.source, max(room // 3, room - len(printed)))
        printed = shortened(printed, room - len(source))
        sys.stdout.write(f"\r\x1b[2K{self.cell}  {source}{printed}  {elapsed}")
        sys.stdout.flush()

    def clear(self):
        with self.lock:
            self.cell = ""
            if self.terminal:
                sys.stdout.write("\r\x1b[2K")
                sys.stdout.flush()

    def close(self):
        self.stopped.set()
        self.thread.join()
        self.clear()
