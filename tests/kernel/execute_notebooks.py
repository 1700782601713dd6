"""Executes notebooks in place with nbclient and prints each one's error, or null, as JSON: execute_notebooks.py PATH..."""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

errors = {}
for path in map(Path, sys.argv[1:]):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}})
    try:
        client.execute()
        errors[path.stem] = None
    except CellExecutionError as error:
        errors[path.stem] = error.ename
    nbformat.write(notebook, path)
print(json.dumps(errors))
