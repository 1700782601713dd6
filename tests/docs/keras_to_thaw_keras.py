"""Runs the Python column of docs/keras_to_thaw.md with Keras itself, row by row, in the working directory.

In: JSON on stdin, [{"line": …, "code": …}]. Out: JSON on stdout, the rows that fail, [{"line": …, "error": …}].

So that it takes seconds: two drawn pictures a class, random weights in place of ImageNet's, one epoch whatever is asked for.
Plots are stood in for, since the environment has no matplotlib, and so is load_img, since it has no Pillow.
"""

import functools
import inspect
import json
import os
import sys
import types
from unittest import mock

answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what the rows print goes to stderr

import keras
import numpy as np
import tensorflow as tf

random = np.random.default_rng(1)


def draw(path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    tf.io.write_file(path, tf.io.encode_jpeg(random.integers(0, 256, (40, 40, 3), dtype=np.uint8)))


for name in ("train", "validation", "test"):
    for label in ("cat", "dog"):
        for index in range(2):
            draw(f"cats_vs_dogs/{name}/{label}/{label}.{index}.jpg")
draw("cat.jpg")


def altered(function, alter):
    """The function, called with its arguments by name once `alter` has changed them; unknown names raise as ever."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args, **kwargs):
        bound = signature.bind(*args, **kwargs)
        alter(bound.arguments)
        return function(*bound.args, **bound.kwargs)

    return call


def without_download(arguments):
    if arguments.get("weights") == "imagenet":
        arguments["weights"] = None


def one_epoch(arguments):
    arguments["epochs"] = 1


def load_img(path, target_size, interpolation):
    return tf.image.resize(tf.io.decode_jpeg(tf.io.read_file(path)), target_size, interpolation).numpy()


keras.applications.VGG16 = altered(keras.applications.VGG16, without_download)
keras.Model.fit = altered(keras.Model.fit, one_epoch)
keras.utils.load_img = mock.create_autospec(keras.utils.load_img, side_effect=load_img)
matplotlib = types.ModuleType("matplotlib")
matplotlib.pyplot = mock.MagicMock(name="pyplot")
sys.modules.update({"matplotlib": matplotlib, "matplotlib.pyplot": matplotlib.pyplot})

failed = []
names = {}
for row in json.load(sys.stdin):
    try:
        exec(compile(row["code"], f"line {row['line']}", "exec"), names)
    except Exception as error:
        failed.append({"line": row["line"], "error": f"{type(error).__name__}: {error}"})
with answer:
    json.dump(failed, answer)
