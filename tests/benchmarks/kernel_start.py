"""Prints, as JSON, the seconds until a kernel answers, and until the first cell given to it is done."""

import json
import sys
import time

from jupyter_client import KernelManager

name, code = sys.argv[1:]
start = time.perf_counter()
manager = KernelManager(kernel_name=name)
manager.start_kernel()
client = manager.blocking_client()
client.start_channels()
client.wait_for_ready(timeout=120)
ready = time.perf_counter() - start
reply = client.execute_interactive(code, timeout=120, output_hook=lambda _: None)
done = time.perf_counter() - start
manager.shutdown_kernel(now=True)
if reply["content"]["status"] != "ok":
    sys.exit(str(reply["content"]))
print(json.dumps([ready, done]))
