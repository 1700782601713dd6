"""Starts a kernel whose cell starts a process, prints both process ids and waits to be killed: orphan_kernel.py FOLDER"""

import sys
import time

from jupyter_client import KernelManager

manager = KernelManager(kernel_name="tslab")
manager.start_kernel(cwd=sys.argv[1])
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=120)
client.execute(
    "import { spawn } from 'node:child_process';\n"
    "console.log(spawn('sleep', ['600']).pid)"
)
while True:
    message = client.get_iopub_msg(timeout=120)
    if message["msg_type"] == "stream":
        sys.stdout.write(f"{manager.provisioner.process.pid} {message['content']['text'].strip()}\n")
        sys.stdout.flush()
        break
time.sleep(600)
