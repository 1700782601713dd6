"""Python Keras, imported once for the scripts of a whole run of tests.

    keras_server.py SOCKET

Each script that keras_client.py asks for is run in a fork: in a process of its own, in which Keras has been imported and
nothing else has happened. So no script meets seeds, layer names, changed functions or memory of another. Prints a line when
it listens, and ends, with all scripts, when its input ends.
"""

import json
import os
import runpy
import select
import signal
import socket
import sys
import threading

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"


def end_with(connection):
    """A script whose client is gone has nobody to work for."""
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def run(connection):
    """Runs the script that is asked for, with the client's streams, folder and environment, and answers its exit code."""
    request, streams, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    while not request.endswith(b"\n"):
        request += connection.recv(1 << 16)
    asked = json.loads(request)
    for descriptor, stream in enumerate(streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = asked["argv"]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    threading.Thread(target=end_with, args=[connection], daemon=True).start()
    code = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as exit:
        code = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code).encode())
    os._exit(code)


os.setpgid(0, 0)  # Ctrl-C reaches the run of tests, and its end is ours
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("listening", flush=True)

import keras

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    ready, _, _ = select.select([server, 0], [], [])
    if 0 in ready:
        os.killpg(0, signal.SIGKILL)
    connection, _ = server.accept()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        server.close()
        run(connection)
    connection.close()
