"""Compiles small models in Python Keras, saves them, and writes what it evaluates and trains them to."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import layers, losses, metrics

folder = sys.argv[1]
random = np.random.RandomState(3)
keras.utils.set_random_seed(3)
SAMPLES = 12
xs = random.normal(size=(SAMPLES, 4)).astype("float32")
numbers = random.randint(0, 3, (SAMPLES, 1)).astype("int32")
numbers[:3] = [[0], [1], [2]]
rows = np.eye(3, dtype="float32")[numbers[:, 0]]
labels_of_kind = {"numbers": numbers.tolist(), "rows": rows.tolist(), "reals": xs[:, :1].tolist()}
labels_of_kind["bits"] = (numbers > 1).astype("float32").tolist()
answers = {"xs": xs.tolist(), "labels": labels_of_kind, "models": {}}


def head(*last):
    return keras.Sequential([keras.Input((4,)), layers.Dense(5, activation="relu"), *last])


def answer(name, model, labels, batch_size=5, **compiled):
    model.compile(optimizer=keras.optimizers.SGD(0.05), **compiled)
    model.save(f"{folder}/{name}.keras")
    model.save(f"{folder}/{name}.h5")
    ys = [np.array(labels_of_kind[each]) for each in labels.split()]
    ys = ys if len(ys) > 1 else ys[0]
    settings = {"batch_size": batch_size, "verbose": 0}
    evaluated = model.evaluate(xs, ys, return_dict=True, **settings)
    history = model.fit(xs, ys, epochs=2, shuffle=False, validation_data=(xs, ys), **settings).history
    answers["models"][name] = {"labels": labels, "batch_size": batch_size, "evaluated": evaluated, "history": history}


sparse = "sparse_categorical_crossentropy"
named = ["accuracy", "sparse_categorical_accuracy", sparse]
answer("sparse", head(layers.Dense(3, activation="softmax")), "numbers", loss=sparse, metrics=named)
# Outputs of which some would be 0 and 1 if they weren't logits.
saturated = head(layers.Rescaling(100.0), layers.Dense(3, activation="softmax"))
answer("saturated", saturated, "numbers", loss=losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
objects = [metrics.SparseCategoricalAccuracy(), metrics.SparseCategoricalCrossentropy()]
positive = head(layers.Dense(3, activation="softplus"))
answer("positive", positive, "numbers", loss=sparse, metrics=objects)
# Keras takes the logits under a sigmoid, too, and those under a softmax for yes or no.
answer("sigmoid", head(layers.Dense(3, activation="sigmoid")), "numbers", loss=sparse, metrics=["accuracy"])
mixed = head(layers.Dense(3, activation="softmax"))
answer("yes_or_no", mixed, "rows", loss="binary_crossentropy", metrics=["binary_accuracy"])

# What regularizers add: for each kind of weight, a frozen layer, one that is called twice, and models within models.
categorical = {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}


def dense(units, regularizer="l2", **arguments):
    return layers.Dense(units, activation="relu", kernel_regularizer=regularizer, **arguments)


def last():
    both = keras.regularizers.L1L2(0.02, 0.03)
    return layers.Dense(3, activation="softmax", kernel_regularizer=both, bias_regularizer="l1")


normalized = layers.BatchNormalization(gamma_regularizer="l2", beta_regularizer=keras.regularizers.L1(0.1))
answer("regularized", head(dense(6), normalized, last()), "rows", **categorical)
answer("regularized_frozen", head(dense(6, trainable=False), dense(5), last()), "rows", **categorical)
inputs = keras.Input((4,))
twice = dense(4, keras.regularizers.L2(0.1))
inner = keras.Sequential([keras.Input((4,)), dense(4), dense(5, "l1")])
nested = keras.Model(inputs, last()(inner(twice(twice(inputs)))))
answer("regularized_nested", nested, "rows", **categorical)
ends = [dense(1, name="first"), layers.Dense(3, activation="softmax", name="second")]
two = keras.Model(inputs, [end(inner(inputs)) for end in ends])
# Where batches differ in size, Keras takes their mean for the loss of one output, and not that of all samples.
answer("regularized_outputs", two, "reals numbers", batch_size=4, loss=["mse", sparse], metrics=[["mae"], ["accuracy"]])

# Outputs that are logits.
logits = {"from_logits": True}
numbers_of = losses.SparseCategoricalCrossentropy(**logits)
measured = ["accuracy", metrics.SparseCategoricalCrossentropy(**logits)]
answer("sparse_logits", head(layers.Dense(3)), "numbers", loss=numbers_of, metrics=measured)
rows_of = losses.CategoricalCrossentropy(**logits)
measured = ["accuracy", metrics.CategoricalCrossentropy(**logits)]
answer("logits", head(layers.Dense(3)), "rows", loss=rows_of, metrics=measured)
# Keras warns of this, and takes the logits under the softmax.
answer("softmax_logits", head(layers.Dense(3, activation="softmax")), "rows", loss=rows_of, metrics=["accuracy"])
binary_of = losses.BinaryCrossentropy(**logits)
above = metrics.BinaryAccuracy(threshold=0, name="accuracy")
measured = [above, metrics.BinaryAccuracy(threshold=-0.3), metrics.BinaryCrossentropy(**logits)]
answer("binary_logits", head(layers.Dense(1)), "bits", loss=binary_of, metrics=measured)
own = metrics.BinaryAccuracy(threshold=0.3, name="third")
answer("binary_units", head(layers.Dense(3)), "rows", loss=binary_of, metrics=[own])

json.dump(answers, open(f"{folder}/answers.json", "w"))
