"""Runs steps in a kernel and prints what it answered, as JSON: kernel_session.py FOLDER STEPS

A step is a list of cells, which are sent all at once, or {"interrupt": cell, "at": text}: a cell that is interrupted as
soon as it prints the text, or "history": JupyterLab's question for earlier cells. The kernel is shut down in the end; the last answer says whether its process has gone.
"""

import json
import sys
import time

from jupyter_client import KernelManager

TIMEOUT = 60


def answer(client, message_id, at=None, interrupt=None):
    """Waits for a request's reply and its end; interrupts when it prints `at`."""
    outputs, ended, reply = [], False, None
    while not ended:
        message = client.get_iopub_msg(timeout=TIMEOUT)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        content = message["content"]
        if message["msg_type"] == "status":
            ended = content["execution_state"] == "idle"
        else:
            outputs.append({"type": message["msg_type"], **content})
        if at is not None and at in content.get("text", ""):
            interrupt()
            at = None
    while reply is None or reply["parent_header"].get("msg_id") != message_id:
        reply = client.get_shell_msg(timeout=TIMEOUT)
    return {"reply": reply["content"], "outputs": outputs}


def main(folder, steps):
    manager = KernelManager(kernel_name="tslab")
    manager.start_kernel(cwd=folder)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    answers = []
    for step in steps:
        if isinstance(step, list):
            sent = [client.execute(cell) for cell in step]
            answers += [answer(client, message_id) for message_id in sent]
        elif step == "history":
            answers.append(answer(client, client.history()))
        else:
            sent = client.execute(step["interrupt"])
            answers.append(answer(client, sent, step["at"], manager.interrupt_kernel))
    process = manager.provisioner.process
    client.shutdown()
    deadline = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    print(json.dumps({"answers": answers, "exited": process.poll() is not None}))
    manager.shutdown_kernel(now=True)


main(sys.argv[1], json.loads(sys.argv[2]))
