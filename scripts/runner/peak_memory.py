"""How much memory a run of the notebooks takes."""

import threading

import psutil


def resident_bytes():
    """Bytes resident now, summed over the processes that this one started and theirs: the kernel and its children."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            pass  # it has just ended
    return total


class PeakMemory:
    """The highest sum of the resident memory (RSS) of the kernel and its children, sampled twice a second in a `with`.

    What two processes share, such as TensorFlow's code, counts in both. The proportional set size would share it out,
    but takes 60 ms to read where 3 GB are resident, and RSS 2.
    """

    def __init__(self):
        self.bytes = 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.sample, daemon=True)

    def sample(self):
        while not self.stopped.wait(0.5):
            self.bytes = max(self.bytes, resident_bytes())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()
