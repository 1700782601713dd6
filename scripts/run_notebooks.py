"""Runs notebooks in order and shows live which cell runs and what it printed last.

    run_notebooks.py [--results FOLDER] [--notice TEXT] [--summary] NOTEBOOK...

Each runs in its own folder with the tslab kernel, which has the profile in its environment as THAW_PROFILE, and
THAW_STATIC_FIGURES, for the PNG beside each figure that GitHub and nbconvert show (see src/plots/show.ts); the executed
copies go to the results, that of a notebook that fails too. Ends with a table of the figures read from what
the cells tagged `test-accuracy` print, `test accuracy: 0.9705` and `test loss:     0.0912`, the total time and the peak
of memory (see runner/peak_memory.py). With --summary they also go to summary.json in the results, where all notebooks
ended well. Exits with 1 when a cell fails, with 130 at Ctrl-C.
"""

import argparse
import json
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from runner.last_cell import LAST_CELL
from runner.live_line import LiveLine, clock, last_line
from runner.peak_memory import PeakMemory

KERNEL = "tslab"
LONGEST = 10_000  # characters of what a dead kernel said; what a cell's errors say is as short (see kernel/failures.cjs)


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


def unwritable(results, error):
    """The failure where the system refuses to write results."""
    remedy = "Make it a folder with room that you may write to."
    return Failure(f"Nothing can be written to {results}: {error.strerror}. {remedy}")


def first_line(cell):
    return next((line.strip() for line in cell.source.splitlines() if line.strip()), "")


def write_atomically(text, path):
    """Writes the text beside its place and then moves it there: never half a file."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(f"{text}\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise unwritable(path.parent, error) from None


def copy_diagrams(folder, results):
    """Copies the drawings that the prose of notebooks shows from beside them."""
    for diagram in folder.glob("*.svg"):
        try:
            shutil.copyfile(diagram, results / diagram.name)
        except OSError as error:
            raise unwritable(results, error) from None


def run(path, results, line):
    """Runs one notebook, writes its executed copy and returns what `figures` finds in it."""
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
                where = "after the end of its last cell"
                cell = nbformat.v4.new_code_cell(LAST_CELL)
                notebook.cells.append(cell)  # stays below the others where it fails
                client.execute_cell(cell, len(notebook.cells) - 1, store_history=False)
                notebook.cells.pop()
        except CellExecutionError:
            [error] = (output for output in cell.outputs if output.output_type == "error")
            raise Failure("\n".join([f"{path.stem} failed {where}:", *error.traceback])) from None
        except NoSuchKernel:
            raise Failure(f"No Jupyter kernel is named {KERNEL} in {sys.prefix}: `npm start` sets it up.") from None
        except (DeadKernelError, RuntimeError) as error:
            log.seek(0)
            last_words = "\n".join(log.read().splitlines()[-20:])[-LONGEST:]
            raise Failure(
                f"{path.stem}: the kernel died {where} ({error}). Where nothing is said below, the machine most likely "
                f"ran out of memory: close other programs and try again.\n{last_words}"
            ) from None
        finally:
            # An interrupted run leaves the copy of the run before.
            if not isinstance(sys.exc_info()[1], KeyboardInterrupt):
                write_atomically(nbformat.writes(notebook), results / path.name)
                copy_diagrams(path.parent, results)
    return figures(notebook)


def figures(notebook):
    """Test accuracy and test loss as its first cell tagged `test-accuracy` prints them; None for what is not there."""
    for cell in notebook.cells:
        if "test-accuracy" in cell.metadata.get("tags", []):
            printed = "".join(output.get("text", "") for output in cell.outputs)
            accuracy, loss = (re.search(rf"test {name}: +(\d+(?:\.\d+)?)", printed) for name in ("accuracy", "loss"))
            if accuracy:
                return accuracy.group(1), loss and loss.group(1)
    return None, None


def print_table(rows):
    table = [("stage", "test accuracy", "test loss", "time", "where to look"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(5)]
    for number, row in enumerate(table):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
        if number == 0:
            print("  ".join("─" * width for width in widths))


def run_all(paths, results, line):
    """Runs notebooks until one fails; returns the table's rows, the summary's stages and the failure, if any."""
    rows, stages = [], []
    for path in paths:
        started = time.monotonic()
        failure = None
        try:
            accuracy, loss = run(path.resolve(), results, line)
        except Failure as error:
            accuracy, loss, failure = "failed", None, error
        seconds = time.monotonic() - started
        rows.append((path.stem, accuracy or "–", loss or "–", clock(seconds), str(results / path.name)))
        if failure:
            return rows, stages, failure
        if accuracy:
            measured = {"testAccuracy": float(accuracy), "testLoss": loss and float(loss)}
            stages.append({"notebook": path.stem, **measured, "seconds": round(seconds, 1)})
        line.clear()
        print(f"{path.stem}  done in {clock(seconds)}", flush=True)
    return rows, stages, None


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder for the executed copies")
    parser.add_argument("--notice", help="what the table says below, of the pictures")
    parser.add_argument("--summary", action="store_true", help="write summary.json into the results")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    # A cell that Ctrl-C ends leaves a task behind, of which asyncio would complain below the last line.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        # Now, not after an hour of training.
        options.results.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=options.results):
            pass
    except OSError as error:
        print(unwritable(options.results, error), file=sys.stderr)
        return 1
    profile = os.environ.setdefault("THAW_PROFILE", "quick")
    os.environ["THAW_STATIC_FIGURES"] = "1"
    started = time.monotonic()
    line = LiveLine()
    try:
        with PeakMemory() as memory:
            rows, stages, failure = run_all(options.notebooks, options.results, line)
    except KeyboardInterrupt:
        line.close()
        print("\nStopped. What had run to its end is kept; start again at any time.", file=sys.stderr)
        return 130
    line.close()
    seconds = time.monotonic() - started
    print()
    print_table(rows)
    print(f"\nTotal time {clock(seconds)}, peak memory {memory.bytes / 1e9:.2f} GB, profile {profile}.")
    if options.notice:
        print(f"\n{options.notice}")
    if failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    if options.summary:
        whole = {"seconds": round(seconds, 1), "peakMemoryBytes": memory.bytes}
        summary = {"profile": profile, "stages": stages, **whole}
        try:
            write_atomically(json.dumps(summary, indent=2), options.results / "summary.json")
        except Failure as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
