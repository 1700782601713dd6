"""Compares what layers say of themselves, in Keras's words, with Keras's of the same arguments.

Reads {class: {args, names, config}}, and writes for each class what it calls otherwise, and each setting that both know and
that differs, as [Keras's, the other's]; null for a class that Keras doesn't have.
"""

import inspect
import json
import sys

import keras

layers = keras.layers
INNER = {
    "RNN": lambda: {"cell": layers.LSTMCell(1, name="inside")},
    "StackedRNNCells": lambda: {"cells": [layers.LSTMCell(1, name="inside")]},
    "Bidirectional": lambda: {"layer": layers.LSTM(1, name="inside")},
    "TimeDistributed": lambda: {"layer": layers.Dense(1, name="inside")},
}
# Of a layer within, or of another layer than the one that was made.
LEFT_OUT = ["name", "dtype", "layer", "backward_layer", "cell", "cells"]


def plain(value):
    """Without what is but another way to say the same: modules, lists and tuples, seeds, cases."""
    if isinstance(value, dict) and "class_name" in value:
        config = {key: plain(entry) for key, entry in (value["config"] or {}).items() if entry is not None}
        return [value["class_name"], config]
    return [plain(entry) for entry in value] if isinstance(value, (tuple, list)) else value


def made(name, args):
    of_class = getattr(layers, name)
    known = inspect.signature(of_class).parameters
    if "pool_size" in known:
        # Keras asks for it.
        args = {"pool_size": 2, **args}
    return of_class(**args, **INNER.get(name, dict)())


def compare(name, told):
    if not hasattr(layers, name):
        return None
    twice = [made(name, told["args"]) for _ in range(2)]
    config = twice[0].get_config()
    shared = [key for key in told["config"] if key in config and key not in LEFT_OUT]
    pairs = {key: [plain(config[key]), plain(told["config"][key])] for key in shared}
    pairs["name"] = [[layer.name for layer in twice], told["names"]]
    return {key: pair for key, pair in pairs.items() if differ(*pair)}


def differ(kerass, others):
    # Where the other has nothing, it takes it for no.
    return bool(kerass) if others is None else kerass != json.loads(json.dumps(others))


json.dump({name: compare(name, told) for name, told in json.load(open(sys.argv[1])).items()}, open(sys.argv[2], "w"))
