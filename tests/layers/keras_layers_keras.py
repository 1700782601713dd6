"""Python Keras's side of keras_layers.keras.test.ts: small models about one layer each, saved here, trained for one step, and
opened as Thaw saved them. `keras_layers_keras.py FOLDER`; the cases are in question.json there."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import layers
from keras.src.applications import convnext

folder = sys.argv[1]
cases = json.load(open(f"{folder}/question.json"))
FORMATS = ("keras", "h5")


def model_of(case):
    """A convolution, which trains through the layer, the layer, and a dense layer."""
    layer_class = getattr(layers, case["layer"], None) or getattr(convnext, case["layer"])
    inputs = keras.Input(case["shape"])
    x = layers.Conv2D(4, 3, padding="same", name="before")(inputs)
    x = layer_class(**case["config"], name="tried")(x)
    outputs = layers.Dense(2, name="after")(layers.Flatten()(x))
    return keras.Model(inputs, outputs)


answer = {}
for name, case in cases.items():
    random = np.random.default_rng(1)
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    model = model_of(case)
    model.set_weights([random.uniform(-1, 1, weight.shape) for weight in model.get_weights()])
    x = random.uniform(-2, 2, (3, *case["shape"])).astype("float32")
    y = random.uniform(-1, 1, (3, 2)).astype("float32")
    for ending in FORMATS:
        model.save(f"{folder}/{name}.{ending}")
    model.save_weights(f"{folder}/{name}.weights.h5")
    said = {"x": x.ravel().tolist(), "y": y.ravel().tolist(), "predictions": np.ravel(model(x, training=False)).tolist()}
    if not case.get("untrained"):
        model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mean_squared_error")
        model.train_on_batch(x, y)
    said["trained"] = [np.ravel(weight).tolist() for weight in model.trainable_weights]
    answer[name] = said
with open(f"{folder}/answer.json", "w") as file:
    json.dump(answer, file)
print("saved", flush=True)

# Saved by Thaw, opened here.
sys.stdin.readline()
opened = {}
for name, case in cases.items():
    x = np.array(answer[name]["x"], "float32").reshape(3, *case["shape"])
    for ending in FORMATS:
        try:
            model = keras.models.load_model(f"{folder}/thaw_{name}.{ending}")
            opened[f"{name}.{ending}"] = np.ravel(model(x, training=False)).tolist()
        except Exception as error:
            opened[f"{name}.{ending}"] = str(error)
with open(f"{folder}/opened.json", "w") as file:
    json.dump(opened, file)
