"""Python Keras's side of the families benchmark: each line on standard input is a task in JSON, answered with JSON."""

import json
import sys
import time

import keras
import numpy as np

batch_size, size = int(sys.argv[1]), int(sys.argv[2])
pictures = np.random.default_rng(1).uniform(0, 255, (batch_size, size, size, 3)).astype("float32")
model = None


def prepare(network, folder):
    """Makes a network; saves its weights, drawn at random, moving statistics too, the pictures, and what comes of them."""
    global model
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = getattr(keras.applications, network)(weights=None, include_top=False, input_shape=(size, size, 3))
    rng = np.random.default_rng(2)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    model.save_weights(f"{folder}/model.weights.h5")
    pictures.tofile(f"{folder}/pictures")
    model.predict(pictures, batch_size=batch_size, verbose=0).tofile(f"{folder}/outputs")
    return {"keras": keras.__version__}


def predict():
    start = time.perf_counter()
    model.predict(pictures, batch_size=batch_size, verbose=0)
    return {"milliseconds": (time.perf_counter() - start) * 1000 / batch_size}


for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps(prepare(**task) if task else predict()), flush=True)
