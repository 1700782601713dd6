"""Compiles small models in Python Keras, saves them, and writes what it evaluates and trains them to, batch by batch of five."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import layers, losses, metrics

folder = sys.argv[1]
random = np.random.RandomState(3)
SAMPLES = 12
xs = random.normal(size=(SAMPLES, 4)).astype("float32")
numbers = random.randint(0, 3, (SAMPLES, 1)).astype("int32")
numbers[:3] = [[0], [1], [2]]
rows = np.eye(3, dtype="float32")[numbers[:, 0]]
answers = {"xs": xs.tolist(), "labels": {"numbers": numbers.tolist(), "rows": rows.tolist()}, "models": {}}


def head(*last):
    return keras.Sequential([keras.Input((4,)), layers.Dense(5, activation="relu"), *last])


def answer(name, model, labels, **compiled):
    model.compile(optimizer=keras.optimizers.SGD(0.05), **compiled)
    model.save(f"{folder}/{name}.keras")
    model.save(f"{folder}/{name}.h5")
    ys = answers["labels"][labels]
    ys = [np.array(each) for each in ys] if labels == "both" else np.array(ys)
    settings = {"batch_size": 5, "verbose": 0}
    evaluated = model.evaluate(xs, ys, return_dict=True, **settings)
    history = model.fit(xs, ys, epochs=2, shuffle=False, validation_data=(xs, ys), **settings).history
    answers["models"][name] = {"labels": labels, "evaluated": evaluated, "history": history}


sparse = "sparse_categorical_crossentropy"
named = ["accuracy", "sparse_categorical_accuracy", sparse]
answer("sparse", head(layers.Dense(3, activation="softmax")), "numbers", loss=sparse, metrics=named)
# Outputs of which some would be 0 and 1 if they weren't logits.
saturated = head(layers.Rescaling(1000.0), layers.Dense(3, activation="softmax"))
answer("saturated", saturated, "numbers", loss=losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
objects = [metrics.SparseCategoricalAccuracy(), metrics.SparseCategoricalCrossentropy()]
positive = head(layers.Dense(3, activation="softplus"))
answer("positive", positive, "numbers", loss=sparse, metrics=objects)
# Keras takes the logits under a sigmoid, too, and those under a softmax for yes or no.
answer("sigmoid", head(layers.Dense(3, activation="sigmoid")), "numbers", loss=sparse, metrics=["accuracy"])
mixed = head(layers.Dense(3, activation="softmax"))
answer("yes_or_no", mixed, "rows", loss="binary_crossentropy", metrics=["binary_accuracy"])

json.dump(answers, open(f"{folder}/answers.json", "w"))
