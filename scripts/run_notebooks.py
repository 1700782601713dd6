"""Runs notebooks in order and shows live which cell runs and what it printed last.

    run_notebooks.py [--results FOLDER] [--notice TEXT] NOTEBOOK...

Each runs in its own folder with the tslab kernel; the executed copies go to the results, that of a notebook that fails
too. Ends with a table of the test accuracies, read from what the cells tagged `test-accuracy` print:
`test accuracy: 0.9705`. Exits with 1 when a cell fails, with 130 at Ctrl-C.
"""

import argparse
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

KERNEL = "tslab"


def clock(seconds):
    """Time as people read it: 75 is 1:15."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def last_line(text):
    """The last line of a text that has anything on it."""
    lines = [line.strip() for line in re.split(r"[\r\n]", text) if line.strip()]
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


class LiveClient(NotebookClient):
    """A notebook client that tells the line what each cell prints."""

    line = None

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        text = content.get("text") or content.get("data", {}).get("text/plain", "")
        self.line.printed = last_line("".join(text)) or self.line.printed
        return super().process_message(msg, cell, cell_index)


class Failure(Exception):
    """Why a notebook did not run to its end, in words for the reader."""


def first_line(cell):
    return next((line.strip() for line in cell.source.splitlines() if line.strip()), "")


def write_atomically(notebook, path):
    """Writes the notebook beside its place and then moves it there: never half a file."""
    partial = path.with_name(f".{path.name}.partial")
    nbformat.write(notebook, partial)
    os.replace(partial, path)


def run(path, results, line):
    """Runs one notebook and writes its executed copy; returns what its cell tagged `test-accuracy` tells, or a dash."""
    notebook = nbformat.read(path, as_version=4)
    client = LiveClient(
        notebook,
        timeout=None,
        startup_timeout=120,
        kernel_name=KERNEL,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.line = line
    code_cells = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for _, cell in code_cells:
        cell.outputs, cell.execution_count = [], None
    where = "as its kernel started"
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        try:
            line.begin(f"{path.stem}  starting the kernel")
            with client.setup_kernel(stderr=log):
                for number, (index, cell) in enumerate(code_cells, 1):
                    where = f"in cell [{number}] ({first_line(cell)})"
                    line.begin(f"{path.stem}  cell {number}/{len(code_cells)}", first_line(cell))
                    client.execute_cell(cell, index, execution_count=number)
        except CellExecutionError:
            [error] = (output for output in cell.outputs if output.output_type == "error")
            raise Failure("\n".join([f"{path.stem} failed {where}:", *error.traceback])) from None
        except NoSuchKernel:
            raise Failure(f"No Jupyter kernel is named {KERNEL} in {sys.prefix}: `npm start` sets it up.") from None
        except (DeadKernelError, RuntimeError) as error:
            log.seek(0)
            last_words = "\n".join(log.read().splitlines()[-20:])
            raise Failure(
                f"{path.stem}: the kernel died {where} ({error}). Where nothing is said below, the machine most likely "
                f"ran out of memory: close other programs and try again.\n{last_words}"
            ) from None
        finally:
            # An interrupted run leaves the copy of the run before.
            if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
                write_atomically(notebook, results / path.name)
    return test_accuracy(notebook)


def test_accuracy(notebook):
    for cell in notebook.cells:
        if "test-accuracy" in cell.metadata.get("tags", []):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            found = re.search(r"test accuracy: ([\d.]+)", printed)
            if found:
                return found.group(1)
    return "–"


def print_table(rows):
    table = [("stage", "test accuracy", "time", "where to look"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    for number, row in enumerate(table):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
        if number == 0:
            print("  ".join("─" * width for width in widths))


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder for the executed copies")
    parser.add_argument("--notice", help="what the table says below, of the pictures")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    # A cell that Ctrl-C ends leaves a task behind, of which asyncio would complain below the last line.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    options.results.mkdir(parents=True, exist_ok=True)
    rows, failure = [], None
    line = LiveLine()
    try:
        for path in options.notebooks:
            started = time.monotonic()
            try:
                accuracy = run(path.resolve(), options.results, line)
            except Failure as error:
                accuracy, failure = "failed", error
            took = clock(time.monotonic() - started)
            rows.append((path.stem, accuracy, took, str(options.results / path.name)))
            if failure:
                break
            line.clear()
            print(f"{path.stem}  done in {took}", flush=True)
    except KeyboardInterrupt:
        line.close()
        print("\nStopped. What had run to its end is kept; start again at any time.", file=sys.stderr)
        return 130
    line.close()
    print()
    print_table(rows)
    if options.notice:
        print(f"\n{options.notice}")
    if failure:
        print(f"\n{failure}", file=sys.stderr)
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
