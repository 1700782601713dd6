"""Evaluates in Python Keras the models that compile_config.test.ts has saved, and compiles and saves others for it."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np

folder = sys.argv[1]
with open(f"{folder}/question.json") as file:
    question = json.load(file)
answer = {"evaluated": {}}


def read(name, *shape):
    return np.fromfile(f"{folder}/{name}.f32", "float32").reshape(shape)


def load(name):
    return keras.models.load_model(f"{folder}/{name}.keras")


# Each loss and metric by name, as Thaw saves it, and as an object, as Python saves it.
objects = {}
for kind, module in (("Loss", keras.losses), ("Metric", keras.metrics)):
    classes = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, getattr(module, kind))]
    for c in classes:
        try:
            objects[kind, c().name] = c
        except (TypeError, NotImplementedError):
            pass


def evaluate(model, name):
    data = [read(f"{name}_{which}", 8, -1) for which in ("xs", "ys")]
    return model.evaluate(*data, batch_size=4, verbose=0, return_dict=True)


for name, (loss, metrics) in question.items():
    model = load(name)
    answer["evaluated"][name] = evaluate(model, name)
    model.compile("sgd", objects["Loss", loss](), metrics=[objects["Metric", metric]() for metric in metrics])
    model.save(f"{folder}/python_{name}.keras")
    functions = [getattr(keras.metrics, metric) for metric in metrics]
    model.compile("sgd", getattr(keras.losses, loss), metrics=functions)
    model.save(f"{folder}/python_{name}_functions.keras")

two = load("two_outputs")
data = [read(f"two_outputs_{which}", 8, -1) for which in ("xs", "first", "second")]
answer["two_outputs"] = two.evaluate(data[0], data[1:], batch_size=4, verbose=0, return_dict=True)
for index, arguments in enumerate(
    [
        {"loss": "mse", "metrics": [["mae"], None]},
        {"loss": ["mse", keras.losses.Hinge()], "metrics": {"first": [keras.metrics.MeanAbsoluteError()]}},
        {"loss": {"first": "mse", "second": "mae"}, "metrics": ["mae", "mse"]},
    ]
):
    two.compile("sgd", **arguments)
    two.save(f"{folder}/python_two_outputs_{index}.keras")

schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
Adam = keras.optimizers.Adam
unmatched = {
    "weight_decay=0.01": {"optimizer": Adam(weight_decay=0.01)},
    "clipnorm=1": {"optimizer": Adam(clipnorm=1.0)},
    "clipvalue=1": {"optimizer": Adam(clipvalue=1.0)},
    "global_clipnorm=1": {"optimizer": Adam(global_clipnorm=1.0)},
    "use_ema=true": {"optimizer": Adam(use_ema=True)},
    "gradient_accumulation_steps=2": {"optimizer": Adam(gradient_accumulation_steps=2)},
    "loss_scale_factor=8": {"optimizer": Adam(loss_scale_factor=8.0)},
    "ExponentialDecay": {"optimizer": Adam(schedule)},
    "epsilon=0.001": {"optimizer": keras.optimizers.Adagrad(epsilon=1e-3)},
    "the optimizer Adadelta": {"optimizer": "adadelta"},
    "the optimizer Lion": {"optimizer": "lion"},
    "the optimizer LossScaleOptimizer": {"optimizer": keras.optimizers.LossScaleOptimizer(Adam())},
    "loss_weights=[2]": {"loss_weights": [2.0]},
    "weighted_metrics=": {"weighted_metrics": ["mse"]},
    "the loss null": {"loss": None},
    "the loss huber": {"loss": "huber"},
    "the loss CategoricalFocalCrossentropy": {"loss": keras.losses.CategoricalFocalCrossentropy()},
    "label_smoothing=0.2": {"loss": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)},
    "ignore_class=0": {"loss": keras.losses.SparseCategoricalCrossentropy(ignore_class=0)},
    "label_smoothing=0.1": {"loss": keras.losses.BinaryCrossentropy(label_smoothing=0.1)},
    'reduction="sum"': {"loss": keras.losses.MeanSquaredError(reduction="sum")},
    "the metric AUC": {"metrics": [keras.metrics.AUC()]},
    "the metric precision": {"metrics": ["precision"]},
    "the metric FBetaScore": {"metrics": [keras.metrics.FBetaScore(threshold=0.7)]},
}
model = load("binary")
for index, arguments in enumerate(unmatched.values()):
    model.compile(**{"optimizer": "adam", "loss": "mse", **arguments})
    model.save(f"{folder}/python_unmatched_{index}.keras")
answer["unmatched"] = list(unmatched)

with open(f"{folder}/answer.json", "w") as file:
    json.dump(answer, file)
