"""Saves a trained model in Keras's legacy HDF5 format, and opens the one that Thaw saved."""

import json
import sys
import warnings

import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
pictures = np.fromfile(f"{folder}/pictures.f32", "float32").reshape(32, 8, 8, 3)
labels = (np.arange(32) % 2).reshape(32, 1)

keras.utils.set_random_seed(1)
base_input = keras.Input((8, 8, 3))
x = layers.Conv2D(4, 3, name="conv")(base_input)
x = layers.BatchNormalization(name="norm", momentum=0.5)(x)
base = keras.Model(base_input, layers.Conv2D(2, 3, name="top")(x), name="base")
base.get_layer("conv").trainable = False
base.get_layer("norm").set_weights([np.arange(4) + offset for offset in (1.0, 2.0, 3.0, 4.0)])
model = keras.Sequential(
    [
        keras.Input((8, 8, 3)),
        keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)], name="augmentation"),
        base,
        layers.Flatten(),
        layers.Dense(1, activation="sigmoid", name="dense"),
    ],
    name="python",
)
model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
model.fit(pictures, labels, epochs=2, batch_size=8, verbose=0)
model.save(f"{folder}/python.h5")
model.predict(pictures, verbose=0).tofile(f"{folder}/python.f32")

with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    made = keras.models.load_model(f"{folder}/thaw.h5")
made.predict(pictures, verbose=0).tofile(f"{folder}/thaw.f32")
answer = {
    "class": type(made).__name__,
    "trainable": [weight.path.split("/")[-2] for weight in made.trainable_weights],
    "loss": keras.losses.serialize(made.loss)["config"],
    "optimizer": made.optimizer.get_config(),
    "warnings": [str(warning.message) for warning in warned],
    "trains": bool(np.isfinite(made.fit(pictures, labels, verbose=0).history["loss"][0])),
}
with open(f"{folder}/answer.json", "w") as file:
    json.dump(answer, file)
