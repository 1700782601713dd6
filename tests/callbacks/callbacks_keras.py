"""Trains y = w x in Python Keras with each callback, towards labels that change from epoch to epoch, and writes what it did."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import callbacks, layers

folder = sys.argv[1]
with open(f"{folder}/cases.json") as file:
    cases = json.load(file)


def model():
    made = keras.Sequential([keras.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    made.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", run_eagerly=True)
    return made


class Given(callbacks.Callback):
    """Puts given values in the place of what was measured."""

    def __init__(self, values, monitor):
        super().__init__()
        self.values, self.monitor = values, monitor

    def on_epoch_end(self, epoch, logs=None):
        logs[self.monitor] = float(np.float32(self.values[epoch]))


one = np.ones((1, 1), "float32")
answers = []
for case in cases:
    trained = model()
    settings = dict(case["settings"])
    watch = getattr(callbacks, case["callback"])(**settings)
    weights, rates = [], []
    note = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: (
            weights.append(float(trained.get_weights()[0][0, 0])),
            rates.append(float(trained.optimizer.learning_rate)),
        )
    )
    given = Given(case["values"], settings["monitor"])
    history = trained.fit(
        one, 3 * one, epochs=len(case["values"]), verbose=0, validation_data=(one, 3 * one), callbacks=[given, note, watch]
    )
    last = float(trained.get_weights()[0][0, 0])
    answers.append(
        {"epochs": history.epoch, "weights": weights, "last": last, "rates": history.history.get("learning_rate")}
    )

logs = {}
for name, settings, validation in [
    ("plain", {}, None),
    ("validated", {"separator": ";"}, (one, 3 * one)),
    ("appended", {"append": True}, (one, 3 * one)),
]:
    path = f"{folder}/{name}.csv"
    for _ in range(2):
        logger = callbacks.CSVLogger(path, **settings)
        model().fit(one, 3 * one, epochs=3, verbose=0, validation_data=validation, callbacks=[logger])
    with open(path, newline="") as file:
        logs[name] = file.read()

with open(f"{folder}/answers.json", "w") as file:
    json.dump({"cases": answers, "logs": logs}, file)
