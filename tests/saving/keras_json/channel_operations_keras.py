"""Saves models with operations on channels in them, such as Python's `preprocess_input` adds to a model."""

import sys

import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
keras.utils.set_random_seed(1)
pictures = np.random.default_rng(1).uniform(0, 255, (4, 16, 12, 3)).astype("float32")
pictures.tofile(f"{folder}/pictures.f32")


def save(name, inputs, outputs):
    model = keras.Model(inputs, outputs, name=name)
    model.save(f"{folder}/{name}.keras")
    model.predict(pictures, verbose=0).tofile(f"{folder}/{name}.f32")


# Each family's own: channels reordered and centred; scaled to [-1, 1]; scaled and standardised.
inputs = keras.Input((16, 12, 3))
families = [keras.applications.vgg16, keras.applications.mobilenet, keras.applications.densenet]
seen = [layers.Conv2D(2, 3)(family.preprocess_input(inputs)) for family in families]
maps = keras.Input((14, 10, 6))
base = keras.Model(maps, layers.Conv2D(3, 3)((maps * 0.5 - 1.0) / 2.0 + 3), name="base")
save("families", inputs, layers.Flatten()(base(layers.Concatenate()(seen))))
save("last", inputs, keras.applications.vgg16.preprocess_input(inputs))
by_hand = (1 - inputs[..., ::-1] / 255.0)[..., 1:]
many = layers.Conv2D(65, 3)(-by_hand)
save("by_hand", inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(0.5 * many - 1)) * 2.0)
save("other", inputs, keras.ops.sin(inputs))
save("one_channel", inputs, layers.Flatten()(inputs[..., 1]))

# Two models, each with an operation called `add`.
parts = []
for index in (1, 2):
    keras.utils.clear_session()
    channels = keras.Input((16, 12, 3))
    parts.append(keras.Model(channels, layers.Conv2D(2, 3)(channels + float(index)), name=f"part{index}"))
save("twice", inputs, layers.Flatten()(layers.Add()([part(inputs) for part in parts])))
