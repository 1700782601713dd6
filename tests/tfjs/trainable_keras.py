"""What Python Keras does with the flags, models and batches that trainable.test.ts writes into a folder."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
with open(f"{folder}/question.json") as file:
    question = json.load(file)
answer = {}


def read(name, *shape):
    return np.fromfile(f"{folder}/{name}.f32", "float32").reshape(shape)


def set_flat(model, name):
    flat = read(name, -1)
    weights = []
    for weight in model.get_weights():
        weights.append(flat[: weight.size].reshape(weight.shape))
        flat = flat[weight.size :]
    model.set_weights(weights)


def flatten(weights):
    return np.concatenate([np.ravel(weight) for weight in weights]).tolist()


def base(name="base"):
    inputs = keras.Input((6, 6, 2))
    x = layers.Conv2D(3, 3, name="conv1")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    return keras.Model(inputs, layers.Conv2D(2, 3, name="conv2")(x), name=name)


def functional():
    inputs = keras.Input((6, 6, 2))
    x = layers.Flatten(name="flatten")(base()(inputs))
    return keras.Model(inputs, layers.Dense(1, name="dense")(x), name="model")


def sequential():
    top = [layers.Flatten(name="flatten"), layers.Dense(1, name="dense")]
    return keras.Sequential([keras.Input((6, 6, 2)), base(), *top], name="model")


def stacked():
    first = layers.Activation("linear", name="first")
    top = [layers.Flatten(name="flatten"), layers.Dense(1, name="dense")]
    return keras.Sequential([keras.Input((6, 6, 2)), first, base(), *top], name="model")


def nested():
    inputs = keras.Input((6, 6, 2))
    x = base()(inputs)
    middle = keras.Model(inputs, layers.Flatten(name="flatten")(x), name="middle")
    inputs = keras.Input((6, 6, 2))
    return keras.Model(inputs, layers.Dense(1, name="dense")(middle(inputs)), name="model")


def find(model, path):
    for name in path:
        model = model.get_layer(name)
    return model


def names(model, which):
    leaves = [layer for layer in model._flatten_layers() if not hasattr(layer, "get_layer")]
    own = {id(v): f"{leaf.name}/{v.name}" for leaf in leaves for v in leaf.variables}
    return [own[id(v)] for v in getattr(model, which)]


def state(model):
    found = list(model._flatten_layers(include_self=True))
    return {
        "weights": names(model, "weights"),
        "trainable": {m.name: names(m, "trainable_weights") for m in found if hasattr(m, "get_layer")},
        "flags": {layer.name: layer.trainable for layer in found if not isinstance(layer, layers.InputLayer)},
        "counts": [sum(int(np.prod(w.shape)) for w in ws) for ws in (model.trainable_weights, model.non_trainable_weights)],
    }


answer["flags"] = {}
for build in (functional, sequential, stacked, nested):
    keras.backend.clear_session()
    model = build()
    answer["flags"][build.__name__] = states = [state(model)]
    for path, value in question["steps"][build.__name__]:
        find(model, path).trainable = value
        states.append(state(model))

batch, targets = read("batch", 8, 6, 6, 2), read("targets", 8, 1)
answer["norm"] = {}
for name, path in question["frozen"].items():
    model = sequential()
    set_flat(model, "weights")
    if path is not None:
        find(model, path).trainable = False
    outputs = find(model, ["base"])(batch, training=True)
    set_flat(model, "weights")
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(batch, targets, batch_size=8, verbose=0)
    answer["norm"][name] = {"outputs": np.ravel(outputs).tolist(), "weights": flatten(model.get_weights())}

# One optimizer, all thawed at first, then with the first layer frozen, then thawed again.
model = keras.Sequential([keras.Input((3,)), *(layers.Dense(3, name=f"dense{i}") for i in range(3))])
set_flat(model, "dense_weights")
optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
xs, ys = read("dense_xs", 4, 3), read("dense_ys", 4, 3)
for value in (True, False, True):
    model.layers[0].trainable = value
    model.compile(optimizer, "mse")
    model.fit(xs, ys, batch_size=4, epochs=3, shuffle=False, verbose=0)
answer["slots"] = flatten(model.get_weights())

answer["opened"] = {}
for name in question["saved"]:
    opened = keras.models.load_model(f"{folder}/{name}.keras")
    answer["opened"][name] = state(opened)["trainable"]["model"]


def plain(kind, steps, path):
    inputs = keras.Input((6, 6, 2))
    x = layers.Conv2D(3, 3, name="conv1")(inputs)
    inner = keras.Model(inputs, layers.Conv2D(2, 3, name="conv2")(x), name="base")
    top = [layers.Flatten(name="flatten"), layers.Dense(1, name="dense")]
    if kind == "sequential":
        model = keras.Sequential([keras.Input((6, 6, 2)), inner, *top], name="model")
    else:
        inputs = keras.Input((6, 6, 2))
        model = keras.Model(inputs, top[1](top[0](inner(inputs))), name="model")
    for step, value in steps:
        find(model, step).trainable = value
    model.save(path)
    return state(model)


answer["made"] = {}
for name, (kind, steps) in question["saved"].items():
    answer["made"][name] = plain(kind, steps, f"{folder}/python_{name}.keras")

with open(f"{folder}/answer.json", "w") as file:
    json.dump(answer, file)
