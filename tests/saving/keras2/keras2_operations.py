"""Makes models of Keras 2 with operations in the place of layers, with what they predict: python keras2_operations.py FOLDER.

Run where TensorFlow 2.12.1, 2.13.1 or 2.15.1 is installed, with NumPy 1; the files go into operations_<version>.zip.
"""

import json
import os
import sys
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import numpy as np
import tensorflow as tf

keras = tf.keras
layers = keras.layers
applications = keras.applications
folder = sys.argv[1]
version = ".".join(tf.__version__.split(".")[:2])
rng = np.random.default_rng(1)
xs = rng.integers(0, 256, (4, 8, 8, 3)).astype("float32")
MEAN, STD = [123.68, 116.779, 103.939], [58.393, 57.12, 57.375]
constant = tf.constant

OPERATIONS = {
    "mode_tf": applications.mobilenet_v2.preprocess_input,
    "mode_caffe": applications.vgg16.preprocess_input,
    "mode_torch": applications.densenet.preprocess_input,
    "divided": lambda x: x / 255.0,
    "scaled": lambda x: x * 2 - 1,
    "shifted_scaled": lambda x: (x / 127.5) - 1.0,
    "one_minus": lambda x: 1 - x / 255,
    "divides": lambda x: 100 / (x + 1),
    "negative": lambda x: -x / 255,
    "standardised": lambda x: (x - MEAN) / STD,
    "standardised_tensors": lambda x: (x - constant(MEAN)) / constant(STD),
    "standardised_arrays": lambda x: (x - np.array(MEAN, "float32")) / np.array([[STD]], "float32"),
    "mean_minus": lambda x: constant(MEAN) - x,
    "functions": lambda x: tf.subtract(tf.multiply(tf.math.divide(x, 255.0), 2.0), 1.0),
    "functions_first": lambda x: tf.add(1.0, tf.multiply(2.0, tf.subtract(1.0, x / 255.0))),
    "named": lambda x: tf.subtract(x=tf.divide(x, 255.0), y=0.5, name="centre"),
    "cast": lambda x: tf.cast(x, tf.float32) / 255.0,
    "squared": lambda x: (x / 255.0) ** 2,
    "root": lambda x: tf.sqrt(x / 255.0),
    "clipped": lambda x: tf.clip_by_value(x / 127.5 - 1, -0.5, 0.5),
    "reversed": lambda x: x[..., ::-1],
    "reversed_function": lambda x: tf.reverse(x, axis=[-1]) - MEAN,
    "reversed_long": lambda x: x[:, :, :, ::-1] / 255.0,
    "one_channel": lambda x: x[..., 1:2] / 255.0,
    "two_channels": lambda x: x[..., :2] * [0.1, 0.2],
    "stacked": lambda x: tf.stack([x[..., 2] - 1, x[..., 0], x[:, :, :, 1] / 2], axis=-1),
    "split": lambda x: tf.concat([x[..., 2:], x[..., :2]], axis=-1) - MEAN,
    "unstacked": lambda x: tf.concat(tf.split(x, 3, axis=-1)[::-1], axis=-1) / 255.0,
    "gathered": lambda x: tf.gather(x, [2, 1, 0], axis=-1) / 255.0,
    "clip_max": lambda x: tf.minimum(tf.maximum(x - 50.0, 0.0), 100.0),
    "activated": lambda x: tf.nn.relu(x / 127.5 - 1),
}


def on_tensors(x):
    """Operations on what layers give."""
    a, b = layers.Conv2D(4, 3, padding="same")(x), layers.Conv2D(4, 3, padding="same", activation="sigmoid")(x)
    y = tf.nn.relu(a + b) * b
    y = y - tf.nn.sigmoid(a)
    y = tf.concat([y, tf.maximum(a, b), tf.add(a, b), tf.multiply(a, b), tf.subtract(a, b)], axis=-1)
    y = tf.nn.relu6(layers.BatchNormalization()(y))
    pooled = tf.reduce_mean(y, axis=[1, 2])
    flat = tf.reshape(layers.MaxPooling2D(4)(y), [-1, 80])
    return tf.nn.softmax(layers.Dense(5)(tf.concat([pooled, flat], 1)) * 0.5)


def swish(x):
    x = layers.Conv2D(6, 3)(x / 255.0)
    return tf.nn.softmax(tf.math.reduce_mean(x * tf.sigmoid(x) + tf.tanh(x) + tf.nn.elu(x), [1, 2]))


def gated(x):
    """A gate of squeeze and excitation, as written by hand."""
    x = layers.Conv2D(6, 3)(x / 255.0)
    gate = layers.Dense(6, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    return layers.GlobalAveragePooling2D()(x * gate[:, None, None, :])


expected = {"xs": xs.astype(int).flatten().tolist(), "ys": [], "files": {}}


def save(model, name):
    for extension in ("h5", "keras"):
        file = f"{name}.{extension}"
        keyword = {"save_format": "keras_v3"} if version == "2.12" and extension == "keras" else {}
        try:
            model.save(f"{folder}/{file}", **keyword)
            keras.models.load_model(f"{folder}/{file}")
        except Exception as error:
            print(file, "isn't saved:", str(error).splitlines()[0][:100])
            if not os.path.exists(f"{folder}/{file}"):
                continue
        # What Keras itself can't open counts, too, where it is whole.
        expected["files"][file] = {"predictions": model.predict(xs, verbose=0).flatten().tolist()}


def start():
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)


def classifier(before):
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(before(inputs))
    return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))


for name, operation in OPERATIONS.items():
    if version != "2.15" and not (name.startswith("mode_") or name in ("standardised", "one_minus", "stacked")):
        continue
    start()
    try:
        save(classifier(operation), name)
    except Exception as error:
        print(name, "isn't made:", str(error).splitlines()[0][:100])
start()
inputs = keras.Input((8, 8, 3))
save(keras.Model(inputs, on_tensors(applications.mobilenet.preprocess_input(inputs))), "on_tensors")
start()
inputs = keras.Input((8, 8, 3))
save(keras.Model(inputs, swish(inputs)), "swish")
start()
inputs = keras.Input((8, 8, 3))
save(keras.Model(inputs, gated(inputs)), "gated")
start()
inputs = keras.Input((8, 8, 3))
inner = classifier(applications.vgg16.preprocess_input)
outer = keras.Model(inputs, inner(inputs * 0.5) + inner(inputs))
save(outer, "nested")
start()
save(keras.Sequential([keras.Input((8, 8, 3)), inner, layers.Dense(2, name="head")]), "sequential")
for name, operation in {"sine": tf.sin, "rounded": tf.round}.items():
    start()
    save(classifier(operation), f"unknown_{name}")

with zipfile.ZipFile(f"{folder}/operations_{version}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    archive.writestr("expected.json", json.dumps(expected, separators=(",", ":")))
    for name in expected["files"]:
        archive.write(f"{folder}/{name}", name)
