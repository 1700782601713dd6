"""Goes on in Python Keras with the trainings that optimizer_state.test.ts has saved, and saves for it what it trains."""

import json
import os
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np

folder = sys.argv[1]
with open(f"{folder}/question.json") as file:
    question = json.load(file)
answer = {"opened": {}, "warnings": []}


def read(name, *shape):
    return np.fromfile(f"{folder}/{name}.f32", "float32").reshape(shape)


def flatten(model):
    return np.concatenate([np.ravel(weight) for weight in model.get_weights()]).tolist()


def load(name):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = keras.models.load_model(f"{folder}/{name}.keras")
    # Quicker here than to trace a graph of each model.
    model.run_eagerly = True
    answer["warnings"] += [f"{name}: {warning.message}" for warning in caught]
    return model


xs, ys = read("xs", 10, 4, 6, 6, 2), read("ys", 10, 4, 1)


def steps(model, first, last):
    losses = []
    for step in range(first, last):
        if step == question["slower_from"]:
            model.optimizer.learning_rate = float(model.optimizer.learning_rate) / 4
        model.reset_metrics()
        losses.append(float(model.train_on_batch(xs[step], ys[step], return_dict=True)["loss"]))
    return {"losses": losses, "weights": flatten(model)}


for name in question["trained"]:
    model = load(f"{name}_0")
    first = steps(model, 0, 5)
    model.save(f"{folder}/python_{name}.keras")
    rate, epsilon = float(model.optimizer.learning_rate), getattr(model.optimizer, "epsilon", None)
    second = steps(model, 5, 10)
    losses = first["losses"] + second["losses"]
    half = load(f"{name}_5")
    answer["opened"][name] = {
        "here": {"losses": losses, "weights": second["weights"]},
        "rate": rate,
        "epsilon": epsilon,
        "optimizer": type(half.optimizer).__name__,
        "iterations": int(half.optimizer.iterations),
        "continued": steps(half, 5, 10),
    }
for name in question["refrozen"]:
    answer["opened"][name] = {"continued": steps(load(name), 5, 10)}

# One that was never built: Keras saves but its iteration and its learning rate.
unbuilt = keras.models.clone_model(load("adam_0"))
unbuilt.compile("adam", "mse")
unbuilt.save(f"{folder}/python_unbuilt.keras")

with open(f"{folder}/answer.json", "w") as file:
    json.dump(answer, file)
