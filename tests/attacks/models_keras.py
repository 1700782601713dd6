"""Says of each model in a list that Thaw has opened whether Python Keras gives the same for ones, and of each file of
weights whether h5py reads the same. `models_keras.py LIST`. A line a file: Keras may find no end of one."""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import h5py
import keras
import numpy as np


def close(a, b):
    a, b = np.asarray(a, "float64").ravel(), np.asarray(b, "float64").ravel()
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-3, atol=1e-5, equal_nan=True)


def weights_of(file):
    with h5py.File(file) as root:
        arrays = []
        # In the order of the two layers, which the files name so.
        for layer in ("dense", "dense_1"):
            group = root[f"layers/{layer}/vars"]
            arrays += [group[name][()] for name in sorted(group)]
        return arrays


def verdict(file, outputs, weights):
    try:
        if file.endswith(".weights.h5"):
            theirs = weights_of(file)
            same = len(theirs) == len(weights) and all(close(a, b) for a, b in zip(weights, theirs))
            return "same" if same else "different"
        model = keras.models.load_model(file, compile=False)
        if outputs is None:
            theirs = model.get_weights()
            same = len(theirs) == len(weights) and all(close(a, b) for a, b in zip(weights, theirs))
            return "same" if same else "different weights, which Thaw can't compute with"
        ones = [np.ones([size or 1 for size in each.shape], each.dtype) for each in model.inputs]
        theirs = model.predict(ones[0] if len(ones) == 1 else ones, verbose=0)
        theirs = theirs if isinstance(theirs, (list, tuple)) else [theirs]
        return "same" if close(outputs, np.concatenate([np.ravel(each)[:100] for each in theirs])) else "different"
    except BaseException as error:
        return f"Keras refuses: {type(error).__name__}: {str(error).strip().splitlines()[0][:150] if str(error) else ''}"


with open(sys.argv[1]) as listed:
    for each in json.load(listed):
        answer = {"file": each["file"], "verdict": verdict(each["file"], each.get("outputs"), each.get("weights"))}
        print(json.dumps(answer), flush=True)
