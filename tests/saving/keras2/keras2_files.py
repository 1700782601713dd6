"""Makes the files of Keras 2 that the tests open, with what Keras 2 itself does with them: python keras2_files.py FOLDER.

Run where TensorFlow 2.12.1, 2.13.1 or 2.15.1 is installed, with NumPy 1; the files go into keras_<version>.zip.
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
folder = sys.argv[1]
version = ".".join(tf.__version__.split(".")[:2])
rng = np.random.default_rng(1)
xs = rng.integers(0, 256, (4, 8, 8, 3)).astype("float32")
ys = np.eye(3, dtype="float32")[[0, 1, 2, 0]]
expected = {"xs": xs.astype(int).flatten().tolist(), "ys": ys.tolist(), "files": {}}


def start():
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)


def move_statistics(model):
    """Gives what isn't trained, or is at first the same everywhere, values of its own."""
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])


def write(model, path):
    if path.endswith(".weights.h5"):
        model.save_weights(path)
    elif version == "2.12" and path.endswith(".keras") and "hdf5_" not in path:
        # By the extension alone this version writes HDF5.
        model.save(path, save_format="keras_v3")
    else:
        model.save(path)


def save(model, name, formats):
    for extension in formats:
        file = f"{name}.{extension}"
        try:
            write(model, f"{folder}/{file}")
        except Exception as error:
            print(file, "isn't saved:", str(error).splitlines()[0])
            continue
        expected["files"][file] = {"predictions": model.predict(xs, verbose=0).flatten().tolist()}


def train_on(name, formats):
    """Trains what a file holds, as Keras opens it, for two more epochs."""
    for extension in formats:
        file = f"{name}.{extension}"
        try:
            model = keras.models.load_model(f"{folder}/{file}")
        except AttributeError as error:
            # Of a legacy optimizer, in a `.keras` of the first versions.
            print(file, "isn't opened:", error)
            continue
        history = model.fit(xs, ys, epochs=2, batch_size=4, shuffle=False, verbose=0).history
        then = model.predict(xs, verbose=0).flatten().tolist()
        expected["files"][file].update(loss=history["loss"], then=then)


def trained(name, optimizer, formats):
    """Two layers are of one shape: what an optimizer remembers of one doesn't pass for the other's."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = layers.Conv2D(4, 3, activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(4, activation="tanh")(x)
    x = layers.Dense(4, activation="tanh")(x)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
    move_statistics(model)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    model.fit(xs, ys, epochs=3, batch_size=4, shuffle=False, verbose=0)
    save(model, name, formats)
    train_on(name, formats)


KINDS = {
    "adam": ("Adam", {"learning_rate": 0.01}),
    "amsgrad": ("Adam", {"learning_rate": 0.01, "amsgrad": True}),
    # Their epsilons are great enough to show where they stand.
    "rmsprop": ("RMSprop", {"learning_rate": 0.005, "epsilon": 1e-3}),
    "rmsprop_momentum": ("RMSprop", {"learning_rate": 0.005, "momentum": 0.5, "epsilon": 1e-3}),
    "rmsprop_centered": ("RMSprop", {"learning_rate": 0.005, "centered": True, "epsilon": 1e-3}),
    "rmsprop_both": ("RMSprop", {"learning_rate": 0.002, "momentum": 0.5, "centered": True, "epsilon": 1e-3}),
    "sgd": ("SGD", {"learning_rate": 0.05}),
    "momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05}),
}


def optimizers():
    for name, (class_name, settings) in KINDS.items():
        if version != "2.15" and name not in ("adam", "rmsprop_both", "nesterov"):
            continue
        start()
        trained(name, getattr(keras.optimizers, class_name)(**settings), ["h5", "keras"])
        start()
        # A `.keras` holds nothing of what a legacy one remembers.
        formats = ["h5", "keras"] if name == "adam" else ["h5"]
        trained(f"legacy_{name}", getattr(keras.optimizers.legacy, class_name)(**settings), formats)
    for name in ("adam", "rmsprop", "sgd", "adagrad"):
        start()
        trained(f"named_{name}", name, ["h5", "keras"])
    start()
    scheduled = keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9))
    trained("scheduled", scheduled, ["h5", "keras"])
    start()
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy")
    save(model, "untrained", ["h5", "keras"])
    train_on("untrained", ["h5", "keras"])
    if version == "2.12":
        start()
        trained("hdf5_adam", "adam", ["keras"])


def block(filters, name=None):
    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(filters, 3, padding="same")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    return keras.Model(inputs, layers.BatchNormalization()(x), name=name)


def stack(name=None):
    return keras.Sequential(
        [layers.Conv2D(3, 3, padding="same"), layers.ReLU(), layers.Conv2D(3, 3, padding="same"), layers.BatchNormalization()],
        name=name,
    )


def layouts():
    formats = ["h5", "keras", "weights.h5"]
    start()
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Rescaling(1 / 255), stack(), block(3), layers.Conv2D(3, 1), layers.BatchNormalization()]
        + [block(3), layers.GlobalAveragePooling2D(), layers.Dense(5), layers.Dense(3)]
    )
    move_statistics(model)
    save(model, "sequential", formats)
    start()
    inputs = keras.Input((8, 8, 3))
    # Made in another order than they are called in: automatic names run against the order.
    late, early = layers.Conv2D(3, 3), layers.Conv2D(3, 3)
    x = layers.Rescaling(1 / 255)(inputs)
    x = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])(x)
    base = block(3)
    shared = stack()
    x = layers.Concatenate()([base(x), shared(x), shared(x)])
    x = layers.Conv2D(3, 1)(x)
    x = block(3)(late(early(x)))
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(3)(layers.Dense(6)(x)))
    move_statistics(model)
    save(model, "functional", formats)
    start()
    inner = keras.Sequential([keras.Sequential([keras.Input((8, 8, 3)), block(3), block(3)]), layers.Conv2D(3, 3)])
    model = keras.Sequential([inner, layers.GlobalMaxPooling2D(), layers.Dense(3)])
    move_statistics(model)
    save(model, "deep", formats)


optimizers()
layouts()
with zipfile.ZipFile(f"{folder}/keras_{version}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    archive.writestr("expected.json", json.dumps(expected, separators=(",", ":")))
    for name in expected["files"]:
        archive.write(f"{folder}/{name}", name)
