"""Runs steps in a kernel and prints what it answered, as JSON: kernel_session.py FOLDER STEPS

A step is a list of cells, which are sent all at once, or {"interrupt": cell, "at": text}: a cell that is interrupted as
soon as it prints the text, {"cell": cell, "at": text, "command": command}: a cell beside which a shell command runs then,
{"command": command}: one that runs between cells, {"interrupt": null, "at": text}: an interrupt when an earlier cell prints
the text, or "history": JupyterLab's question for earlier cells. The kernel is shut down in the end; the last answer says whether its process has
gone.
"""

import json
import subprocess
import sys
import time

from jupyter_client import KernelManager

TIMEOUT = 60


def answer(client, message_id, at=None, act=None):
    """Waits for a request's reply and its end; acts when it prints `at`."""
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
            act()
            at = None
    while reply is None or reply["parent_header"].get("msg_id") != message_id:
        reply = client.get_shell_msg(timeout=TIMEOUT)
    return {"reply": reply["content"], "outputs": outputs}


def shell(command, folder):
    subprocess.run(command, shell=True, check=True, cwd=folder, stdout=sys.stderr)


def main(folder, steps):
    manager = KernelManager(kernel_name="tslab")
    manager.start_kernel(cwd=folder)
    try:
        print(json.dumps(take(manager, folder, steps)))
    finally:
        manager.shutdown_kernel(now=True)


def take(manager, folder, steps):
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
        elif "interrupt" in step and step["interrupt"] is None:
            while step["at"] not in client.get_iopub_msg(timeout=TIMEOUT)["content"].get("text", ""):
                pass
            manager.interrupt_kernel()
        elif "at" in step:
            sent = client.execute(step.get("interrupt") or step["cell"])
            act = manager.interrupt_kernel if "interrupt" in step else lambda: shell(step["command"], folder)
            answers.append(answer(client, sent, step["at"], act))
        else:
            shell(step["command"], folder)
    process = manager.provisioner.process
    client.shutdown()
    deadline = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return {"answers": answers, "exited": process.poll() is not None}


main(sys.argv[1], json.loads(sys.argv[2]))
