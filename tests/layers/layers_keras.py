"""Python Keras's side of the parity tests: pictures changed by given draws, models saved here and models saved by Thaw."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
question = json.load(open(f"{folder}/question.json"))
pictures = np.fromfile(f"{folder}/pictures.f32", "float32").reshape(question["shape"])
count, height, width, _ = pictures.shape


def column(draws, key):
    return np.array([[draw[key]] for draw in draws], "float32")


def transformation(layer, draws):
    """What the layer would have drawn, in Keras's form."""
    name = type(layer).__name__
    if name == "RandomFlip":
        return {"flips": np.array(draws).reshape(-1, 1, 1, 1)}
    if name == "RandomRotation":
        zeros, ones = np.zeros(count, "float32"), np.ones(count, "float32")
        angle = keras.ops.convert_to_tensor(np.array(draws, "float32"))
        matrix = layer._compute_affine_matrix(0.5, 0.5, angle, zeros, zeros, ones, zeros, zeros, height, width)
        return {"rotation_matrix": matrix}
    if name == "RandomZoom":
        return {"height_zoom": column(draws, "heightZoom"), "width_zoom": column(draws, "widthZoom")}
    if name == "RandomTranslation":
        shifts = [column(draws, "widthTranslate") * width, column(draws, "heightTranslate") * height]
        return {"translations": np.concatenate(shifts, axis=1)}
    each = np.array(draws, "float32").reshape(-1, 1, 1, 1)
    if name == "RandomContrast":
        return {"contrast_factor": each}
    return {"rgb_delta": each * (layer.value_range[1] - layer.value_range[0])}


for name, case in question["cases"].items():
    layer = getattr(layers, case["layer"])(**case["config"])
    images = layer.transform_images(pictures, transformation(layer, case["draws"]), training=True)
    np.asarray(images).tofile(f"{folder}/{name}.f32")

# Saved here, to be opened by Thaw.
augmentation = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.2, seed=3)])
inputs = keras.Input((height, width, 3))
x = augmentation(inputs)
x = layers.RandomTranslation((-0.1, 0.3), 0.2, fill_mode="constant", fill_value=7.0, interpolation="nearest")(x, training=True)
x = layers.RandomContrast(0.2, seed=4)(x)
x = layers.RandomBrightness(0.1, value_range=(0, 300))(x)
x = layers.Conv2D(4, 3)(x)
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model(inputs, layers.Dense(1)(x))
model.save(f"{folder}/python.keras")
# In training alone does Keras apply what was called with `training=True`: the rest is what is compared.
rest = keras.Model(model.layers[3].output, model.output)
rest.predict(pictures, verbose=0).tofile(f"{folder}/python.f32")

# Saved by Thaw, opened here.
opened = {}
for name in question["models"]:
    model = keras.models.load_model(f"{folder}/{name}.keras")
    model.predict(pictures, verbose=0).tofile(f"{folder}/{name}.f32")
    nested = [layer for outer in model.layers for layer in getattr(outer, "layers", [outer])]
    opened[name] = [
        {"class": type(layer).__name__, "trainable": layer.trainable, "config": layer.get_config()} for layer in nested
    ]
json.dump(opened, open(f"{folder}/opened.json", "w"), default=str)
