"""One SGD step of a head whose outputs saturate, by Python Keras: losses before and after it, and the weights."""

import json
import sys

import keras
import numpy as np

case = json.load(open(sys.argv[1]))
answers = {}
for name, loss, activation in [
    ("binary", "binary_crossentropy", "sigmoid"),
    ("categorical", "categorical_crossentropy", "softmax"),
]:
    xs, ys, kernel = (np.array(case[name][key], "float32") for key in ("xs", "ys", "kernel"))
    model = keras.Sequential(
        [keras.Input((kernel.shape[0],)), keras.layers.Dense(kernel.shape[1], activation=activation)]
    )
    model.set_weights([kernel, np.zeros(kernel.shape[1], "float32")])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss=loss)
    before = model.evaluate(xs, ys, verbose=0)
    model.fit(xs, ys, batch_size=len(xs), epochs=1, verbose=0)
    answers[name] = {
        "before": before,
        "after": model.evaluate(xs, ys, verbose=0),
        "kernel": model.get_weights()[0].tolist(),
    }
json.dump(answers, open(sys.argv[2], "w"))
