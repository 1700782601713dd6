"""Writes models, predictions and summaries of Python Keras into a folder, and predicts with models saved by Thaw."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
summaries = {}


def summarize(name, model):
    lines = []
    model.summary(print_fn=lines.append)
    summaries[name] = "".join(lines).rstrip("\n")


def head(name):
    inputs = keras.Input((5, 5, 512), name="features")
    x = layers.Flatten(name="flatten")(inputs)
    x = layers.Dense(256, name="dense")(x)
    x = layers.Dropout(0.5, seed=1, name="dropout")(x)
    outputs = layers.Dense(1, activation="sigmoid", name="dense_1")(x)
    return keras.Model(inputs, outputs, name=name)


def branches():
    base_input = keras.Input((8, 8, 3), name="base_input")
    base = keras.Model(base_input, layers.Conv2D(3, 3, name="conv")(base_input), name="base")
    base.trainable = False
    inputs = keras.Input((8, 8, 3), name="a_rather_long_name_of_an_input")
    x = base(inputs)
    left = layers.Flatten(name="flatten")(x)
    right = layers.GlobalMaxPooling2D(name="global_max_pooling2d")(x)
    both = layers.Concatenate(name="concatenate")([left, right])
    return keras.Model(inputs, layers.Dense(2, name="dense")(both), name="branches")


def chain(name):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3), name="pictures"),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="a_layer_with_a_name_that_is_too_long_for_it"),
            layers.MaxPooling2D(name="max_pooling2d"),
            layers.Conv2D(5, 3, strides=2, name="conv2d_1"),
            layers.GlobalAveragePooling2D(name="global_average_pooling2d"),
            layers.Dense(3, activation="softmax", name="dense"),
        ],
        name=name,
    )
    model.layers[0].trainable = False
    return model


def nested():
    base_input = keras.Input((8, 8, 3), name="base_input")
    x = layers.Conv2D(3, 3, name="conv")(base_input)
    base = keras.Model(base_input, layers.GlobalMaxPooling2D(name="pool")(x), name="base")
    base.trainable = False
    inputs = keras.Input((8, 8, 3), name="pictures")
    return keras.Model(inputs, layers.Dense(1, name="dense")(base(inputs)), name="nested")


summarize("vgg16", keras.applications.VGG16(weights=None, include_top=False, input_shape=(180, 180, 3), name="vgg16"))
keras.backend.clear_session()
summarize("vgg16_top", keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), name="vgg16"))
model = head("head")
model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
summarize("head", model)
model.fit(np.zeros((4, 5, 5, 512)), np.zeros((4, 1)), verbose=0)
summarize("head_fitted", model)
summarize("branches", branches())
summarize("chain", chain("chain"))
with open(f"{folder}/summaries.json", "w") as file:
    json.dump(summaries, file)

pictures = np.fromfile(f"{folder}/pictures.f32", "float32").reshape(4, 8, 8, 3)

# Saved here, to be opened by Thaw.
chained = chain("chain")
chained.compile(optimizer=keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", metrics=["acc", "mse"])
for name, made in {"chain": chained, "nested": nested()}.items():
    made.save(f"{folder}/python_{name}.keras")
    made.save_weights(f"{folder}/python_{name}.weights.h5")
    made.save(f"{folder}/python_{name}.h5")
    made.predict(pictures, verbose=0).tofile(f"{folder}/python_{name}.f32")

# Saved by Thaw, opened here.
opened = {}
for name in ("chain", "nested"):
    made = keras.models.load_model(f"{folder}/thaw_{name}.keras")
    made.predict(pictures, verbose=0).tofile(f"{folder}/thaw_{name}.f32")
    opened[name] = {
        "class": type(made).__name__,
        "trainable": len(made.trainable_weights),
        "compiled": made.compiled,
        "optimizer": made.optimizer.__class__.__name__ if made.compiled else None,
        "evaluates": bool(made.compiled and made.evaluate(pictures, made.predict(pictures, verbose=0), verbose=0)),
    }
with open(f"{folder}/opened.json", "w") as file:
    json.dump(opened, file)
