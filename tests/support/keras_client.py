"""Runs a script in the server that keras_server.py is, as if Python ran it: keras_client.py SCRIPT [ARGUMENT...]"""

import json
import os
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ["THAW_KERAS_SERVER"])
socket.send_fds(connection, [b" "], [0, 1, 2])
request = {"argv": sys.argv[1:], "cwd": os.getcwd(), "env": dict(os.environ)}
connection.sendall(json.dumps(request).encode() + b"\n")
code = connection.recv(16)
sys.exit(int(code) if code else f"Expected the exit code of {sys.argv[1]}. Received: nothing; it was killed.")
