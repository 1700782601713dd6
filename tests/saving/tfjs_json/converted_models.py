"""Makes `converted_models.json`: models of Keras as tfjs's converter writes them, beside what Keras predicts.

    python converted_models.py FOLDER NAME…

It runs where TensorFlow is, of the Keras that it is for (2.15 with TensorFlow 2.15, else 3), and is no part of the tests. FOLDER
holds the unpacked wheel `tensorflowjs` 4.22.0, of which only what converts models of Keras is taken: the rest asks for packages
that need other versions. Names are of the kind keras3_h5_nested.
"""

import base64
import json
import os
import sys
import tempfile
import types

import keras
import numpy as np

version = f"keras{keras.__version__[0]}"
folder, *names = sys.argv[1:]
sys.path.append(folder)
for name in ("tensorflowjs", "tensorflowjs.converters"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [os.path.join(folder, *name.split("."))]
sys.modules["tensorflowjs.version"] = sys.modules["tensorflowjs"].version = types.SimpleNamespace(version="4.22.0")
sys.modules["tf_keras"] = keras
sys.modules["tensorflowjs.converters"].tf_saved_model_conversion_v2 = None
from tensorflowjs import read_weights  # noqa: E402
from tensorflowjs.converters import converter  # noqa: E402

layers = keras.layers
SHAPE = (8, 8, 3)
pictures = ((np.arange(768) * 37) % 256).astype("float32").reshape((4, *SHAPE))
pictures[1] = pictures[0][::-1]
pictures[2] /= 3
pictures[3] = pictures[0].transpose(1, 0, 2) / 2
random = np.random.RandomState(4)
# The converter can't write the state of a generator, which Keras 3 keeps in a `.keras`.
has_generators = True


def filled(model):
    for weight in model.weights:
        name = getattr(weight, "path", weight.name)
        if "seed" not in name and "count" not in name:
            low, high = (0.3, 1.5) if "variance" in name or "gamma" in name else (-0.4, 0.4)
            weight.assign(random.uniform(low, high, weight.shape).astype("float32"))
    return model


def seq():
    return filled(
        keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Rescaling(1 / 127.5, offset=-1),
                layers.ZeroPadding2D(1),
                layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
                layers.BatchNormalization(),
                layers.DepthwiseConv2D(3, depth_multiplier=2),
                layers.ReLU(6.0),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(3, activation="softmax"),
            ],
            name="seq",
        )
    )


def functional():
    picture = keras.Input(SHAPE, name="picture")
    x = layers.Rescaling(1 / 16.0, name="scale")(picture)
    x = layers.Conv2D(4, 1, name="stem", use_bias=False)(x)
    y = layers.SeparableConv2D(4, 3, padding="same", name="sep", activation="relu")(x)
    y = layers.BatchNormalization(name="bn", scale=False)(y)
    x = layers.Concatenate(name="cat")([layers.Add(name="sum")([x, y]), y])
    pooled = layers.GlobalAveragePooling2D(name="pool")(layers.LeakyReLU(name="leaky")(x))
    pooled = layers.Dropout(0.5, name="drop")(pooled) if has_generators else pooled
    shared = layers.Dense(4, activation="tanh", name="shared")
    x = shared(shared(layers.Dense(4, name="four")(pooled)))
    outputs = [
        layers.Dense(3, activation="softmax", name="kind")(x),
        layers.Dense(1, activation="sigmoid", name="on")(pooled),
    ]
    return filled(keras.Model(picture, outputs, name="net"))


def nested():
    inner = keras.Input(SHAPE)
    x = layers.BatchNormalization(name="norm")(layers.Conv2D(4, 3, name="conv")(inner))
    base = keras.Model(inner, layers.Conv2D(2, 3, name="last")(x), name="base")
    base.trainable = False
    picture = keras.Input(SHAPE)
    scale = layers.Rescaling(1 / 255.0)
    augmentation = [keras.Input(SHAPE), layers.RandomFlip("horizontal"), scale]
    x = keras.Sequential(augmentation, name="prepare")(picture) if has_generators else scale(picture)
    head = [keras.Input((4, 4, 2)), layers.Conv2D(3, 2, name="head_conv"), layers.Flatten()]
    x = keras.Sequential(head, name="head")(base(x, training=False))
    return filled(keras.Model(picture, layers.Dense(2, activation="softmax", name="top")(x), name="whole"))


def trained():
    model = seq()
    model.compile(keras.optimizers.Adam(0.003), "categorical_crossentropy", metrics=["accuracy"])
    model.fit(pictures, np.eye(3)[[0, 1, 2, 0]], epochs=2, batch_size=2, shuffle=False, verbose=0)
    return model


def normalized():
    normalization = layers.Normalization()
    normalization.adapt(pictures)
    after = [layers.Conv2D(2, 3), layers.GlobalMaxPooling2D(), layers.Dense(2)]
    return keras.Sequential([keras.Input(SHAPE), normalization, *after])


def ops():
    picture = keras.Input(SHAPE)
    x = layers.Conv2D(3, 1, name="one")(picture / 127.5 - 1.0)
    x = (x + layers.Conv2D(3, 3, padding="same", name="two")(x)) * 2.0
    return filled(keras.Model(picture, layers.Dense(2, name="end")(layers.GlobalAveragePooling2D()(x))))


def slashes():
    picture = keras.Input(SHAPE)
    x = layers.BatchNormalization(name="conv1/bn")(layers.Conv2D(3, 3, name="conv1/conv")(picture))
    x = layers.BatchNormalization(name="bn")(layers.Conv2D(3, 3, name="conv2/conv")(x))
    return filled(keras.Model(picture, layers.Dense(2, name="conv")(layers.GlobalAveragePooling2D()(x))))


def recurrent():
    both = layers.Bidirectional(layers.LSTM(3, return_sequences=True))
    after = [layers.Reshape((8, 24)), both, layers.LSTM(2, name="lstm"), layers.Dense(2)]
    return filled(keras.Sequential([keras.Input(SHAPE), *after]))


def convert(path, to, *args):
    if path.endswith(".h5"):
        converter.dispatch_keras_h5_to_tfjs_layers_model_conversion(path, to, *args)
    else:
        converter.dispatch_keras_keras_to_tfjs_layers_model_conversion(path, to, *args)


def arrays_in(path):
    with open(f"{path}/model.json") as file:
        manifest = json.load(file)["weightsManifest"]
    return {array["name"]: array["data"] for array in read_weights.read_weights(manifest, path, flatten=True)}


def converted(name):
    """The files of one, and what Keras predicts with the weights in them."""
    global has_generators
    _, extension, what = name.split("_")
    has_generators = extension == "h5" or version == "keras2"
    keras.utils.set_random_seed(3)
    keras.backend.clear_session()
    is_quantized = what in ("uint8", "uint16", "float16", "mixed")
    model = seq() if what == "mixed" else functional() if is_quantized else globals()[what]()
    path = f"{tempfile.mkdtemp()}/model.{extension}"
    model.save(path)
    first, second = ("*kernel", "*bias") if extension == "h5" else ("*/0", "*/1")
    quantized = {"uint8": first, "float16": second} if what == "mixed" else {what: True} if is_quantized else None
    shard_bytes = {"functional": 200, "mixed": 100}.get(what, 4 << 20)
    names_of_classes = {"classNames": ["a", "b", "c"]} if what == "trained" else None
    to, plain = tempfile.mkdtemp(), tempfile.mkdtemp()
    convert(path, to, quantized, what in ("nested", "mixed"), shard_bytes, names_of_classes)
    convert(path, plain)
    kept = arrays_in(to)
    for key, array in arrays_in(plain).items():
        for weight in model.weights if quantized else []:
            if weight.shape == array.shape and np.array_equal(weight.numpy(), array):
                weight.assign(kept[key])
    files = {}
    for file in sorted(os.listdir(to)):
        with open(f"{to}/{file}", "rb") as opened:
            files[file] = opened.read()
    outputs = model.predict(pictures, verbose=0)
    predictions = [np.ravel(output) for output in (outputs if isinstance(outputs, list) else [outputs])]
    return {
        "model.json": json.dumps(json.loads(files.pop("model.json")), separators=(",", ":")),
        "files": {file: base64.b64encode(content).decode() for file, content in files.items()},
        "predictions": [json.dumps([float(f"{value:.9g}") for value in output]) for output in predictions],
    }


for name in names:
    print(json.dumps({name: converted(name)}))
