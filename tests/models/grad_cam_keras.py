"""Saves classifiers into a folder with the heatmaps that Keras's example of Grad-CAM gives for a picture."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
import tensorflow as tf
from keras import layers

folder = sys.argv[1]
keras.utils.set_random_seed(3)
picture = np.random.default_rng(3).uniform(0, 255, (1, 20, 24, 3)).astype("float32")
picture.tofile(f"{folder}/picture.f32")


def chain_base():
    return keras.Sequential(
        [
            keras.Input((20, 24, 3)),
            layers.Conv2D(6, 3, activation="relu", name="first"),
            layers.Conv2D(8, 3, activation="relu", name="second"),
            layers.MaxPooling2D(name="pool"),
        ],
        name="base",
    )


def branched_base():
    inputs = keras.Input((20, 24, 3))
    stem = layers.Conv2D(6, 3, strides=2, name="stem")(inputs)
    x = layers.BatchNormalization(name="normalization")(stem)
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="branch")(x)
    x = layers.Add(name="joined")([stem, x])
    return keras.Model(inputs, layers.ReLU(name="last")(x), name="base")


def classifier(name, base, *head):
    inputs = keras.Input((20, 24, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    for layer in (base, *head):
        x = layer(x)
    model = keras.Model(inputs, x, name=name)
    model.save(f"{folder}/{name}.keras")
    return model


def heatmap(model, layer_name, class_index):
    base = model.get_layer("base")
    seen = keras.Model(base.inputs, [base.get_layer(layer_name).output, base.outputs[0]])
    head = model.layers[model.layers.index(base) + 1 :]
    with tf.GradientTape() as tape:
        maps, x = seen(picture / 255, training=False)
        for layer in head:
            # As the example does it: the score before the last activation.
            if layer is head[-1]:
                layer.activation = keras.activations.linear
            x = layer(x, training=False)
        score = x[:, class_index] if x.shape[-1] > 1 else x[:, 0] * (1 if class_index == 1 else -1)
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(0, 1, 2))
    heat = tf.squeeze(maps[0] @ weights[..., tf.newaxis])
    return (tf.maximum(heat, 0) / tf.math.reduce_max(heat)).numpy().tolist()


sigmoid = classifier(
    "sigmoid", chain_base(), layers.Flatten(), layers.Dense(8), layers.Dropout(0.5), layers.Dense(1, activation="sigmoid")
)
softmax = classifier(
    "softmax", branched_base(), layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax", use_bias=False)
)
apart = classifier("apart", branched_base(), layers.Flatten(), layers.Dense(3), layers.Activation("softmax"))
asked = [(sigmoid, "first", 1), (sigmoid, "second", 0), (sigmoid, "second", 1)]
asked += [(softmax, name, index) for name in ("branch", "last") for index in range(3)]
asked += [(apart, "stem", 2), (apart, "last", 0)]
heatmaps = [
    {"name": model.name, "layerName": layer, "classIndex": index, "heatmap": heatmap(model, layer, index)}
    for model, layer, index in asked
]
print(json.dumps(heatmaps))
