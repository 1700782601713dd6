"""A plugin of pytest for what nbval alone does not see: an error after a notebook's last cell has ended, which here fails
that cell, and a kernel that ends, for which nbval waits as long as a cell may take."""

import time
from queue import Empty

import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, NbCellError

from scripts.runner.last_cell import LAST_CELL

get_message = RunningKernel.get_message


def get_message_of_the_living(kernel, stream, timeout=None):
    """A message of the kernel, waited for second by second for as long as the kernel lives."""
    deadline = time.monotonic() + (timeout or float("inf"))
    while True:
        try:
            return get_message(kernel, stream, min(1, max(deadline - time.monotonic(), 0)))
        except Empty:
            if not kernel.is_alive():
                raise RuntimeError("The kernel has ended.") from None
            if time.monotonic() >= deadline:
                raise


RunningKernel.get_message = get_message_of_the_living


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    item.is_last = nextitem is None or nextitem.parent is not item.parent


def reply_to(kernel, source):
    sent = kernel.execute_cell_input(source)
    while True:
        message = kernel.get_message("shell", timeout=60)
        if message["parent_header"].get("msg_id") == sent:
            return message["content"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    result = yield
    if isinstance(item, IPyNbCell) and item.is_last:
        reply = reply_to(item.parent.kernel, LAST_CELL)
        if reply["status"] != "ok":
            what = "An error came after the last cell"
            raise NbCellError(item.cell_num, what, item.cell.source, "\n".join(reply["traceback"]))
    return result
