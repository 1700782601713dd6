"""Saves networks of every layer into a folder, with what they predict; then predicts with the same, saved by Thaw."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import applications, layers

folder = sys.argv[1]
keras.utils.set_random_seed(1)
random = np.random.default_rng(1)


def randomize(model):
    """Random statistics and biases, which Keras starts at 0 and 1."""
    for variable in model.variables:
        if variable.name in ("variance", "moving_variance", "gamma"):
            variable.assign(random.uniform(0.7, 1.3, variable.shape))
        elif "layer_scale" in variable.path:
            variable.assign(random.uniform(0.2, 0.4, variable.shape))
        elif variable.name in ("mean", "moving_mean", "beta", "bias"):
            variable.assign(random.normal(0, 0.1, variable.shape))
        elif variable.name == "count":
            variable.assign(7)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()


def families():
    top = {"weights": None, "classes": 7, "classifier_activation": None}
    small = {"input_shape": (32, 32, 3), **top}
    yield "Xception", applications.Xception(**{**top, "classifier_activation": "softmax"}, input_shape=(71, 71, 3))
    yield "ResNet50", applications.ResNet50(**small)
    yield "ResNet50V2", applications.ResNet50V2(**small)
    yield "MobileNet", applications.MobileNet(**small, alpha=0.5)
    yield "MobileNetV2", applications.MobileNetV2(**small, alpha=0.5)
    yield "EfficientNetB0", applications.EfficientNetB0(**small)
    yield "DenseNet121", applications.DenseNet121(**small)
    yield "InceptionV3", applications.InceptionV3(**top, input_shape=(75, 75, 3))
    yield "MobileNetV3Small", applications.MobileNetV3Small(**small, alpha=0.5)
    yield "EfficientNetV2B0", applications.EfficientNetV2B0(**small)
    yield "ConvNeXtTiny", applications.ConvNeXtTiny(**small)


def convolutions():
    """A model in a model in a model, with shared layers: every layer and every setting that shows."""
    scaled = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Rescaling([0.5, 0.25, 2.0], offset=[0.1, 0.0, -0.1], name="rescaling"),
            layers.Normalization(name="normalization"),
            layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0], name="given"),
            layers.Normalization(axis=None, mean=0.1, variance=1.5, name="of_all"),
            layers.Normalization(axis=(1, -1), name="of_two"),
        ],
        name="scaled",
    )
    inner_input = keras.Input((12, 12, 3), name="inner_input")
    x = scaled(inner_input)
    x = layers.Conv2D(4, 3, dilation_rate=2, padding="same", kernel_regularizer="l2", name="dilated")(x)
    x = layers.BatchNormalization(scale=False, name="no_scale")(x)
    inner = keras.Model(inner_input, x, name="inner")
    inner.get_layer("dilated").trainable = False

    middle_input = keras.Input((12, 12, 3), name="middle_input")
    x = inner(middle_input, training=False)
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2, activation="relu6", name="depthwise")(x)
    x = layers.BatchNormalization(center=False, epsilon=0.01, momentum=0.9, name="no_center")(x)
    x = layers.SeparableConv2D(
        4, (3, 1), depth_multiplier=2, dilation_rate=2, padding="same", activation="swish", name="separable"
    )(x)
    x = layers.BatchNormalization(axis=1, name="of_rows")(x)
    middle = keras.Model(middle_input, x, name="middle")

    pictures = keras.Input((12, 12, 3), name="pictures")
    numbers = keras.Input((4,), name="numbers")
    x = middle(pictures)
    x = layers.ZeroPadding2D(((1, 2), (0, 1)), name="padded")(x)
    x = layers.Cropping2D(((0, 1), (1, 0)), name="cropped")(x)
    # Branches alike, so that weights of the wrong one would go unnoticed; the shared one is first called last.
    shared = layers.Conv2D(4, 3, padding="same", use_bias=False, name="shared")
    left = layers.Conv2D(4, 3, padding="same", activation="elu", kernel_initializer="he_normal", name="left")(x)
    right = layers.Conv2D(4, 3, padding="same", activation="selu", name="right")(x)
    deep = layers.ReLU(max_value=1.5, name="capped")(layers.LeakyReLU(negative_slope=0.2, name="leaky")(left))
    late = shared(layers.Add(name="add")([deep, right]))
    early = shared(x)
    averages = layers.AveragePooling2D(3, strides=1, padding="same", name="averages")(late)
    greatest = layers.MaxPooling2D((2, 1), strides=1, padding="same", name="greatest")(early)
    merged = [
        layers.Multiply(name="multiply")([averages, layers.GlobalAveragePooling2D(keepdims=True, name="kept")(early)]),
        layers.Average(name="average")([averages, greatest, x]),
        layers.Maximum(name="maximum")([averages, greatest]),
        layers.Minimum(name="minimum")([late, layers.GlobalMaxPooling2D(keepdims=True, name="kept_max")(early)]),
    ]
    x = layers.Concatenate(axis=2, name="concatenate")(merged)
    x = layers.Permute((3, 1, 2), name="permute")(x)
    x = layers.Reshape((4, -1), name="reshape")(x)
    x = layers.Softmax(name="softmax")(x)
    x = layers.Dense(3, activation="tanh", name="dense")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, noise_shape=(None, 1), seed=3, name="dropout")(x)
    joined = layers.Concatenate(name="joined")([x, numbers])
    # A Sequential that is called twice, and that the model ends with.
    tail = keras.Sequential([keras.Input((8, 6, 4)), layers.Conv2D(2, 1, name="point")], name="tail")
    outputs = [layers.Dense(2, activation="sigmoid", name="first")(joined), tail(early), tail(late)]
    for name in ("gelu", "linear", "log_softmax", "mish", "relu", "silu", "softmax", "softplus", "softsign"):
        outputs.append(layers.Activation(name, name=f"as_{name}")(joined))
    model = keras.Model([numbers, pictures], outputs, name="convolutions")
    model.get_layer("right").trainable = False
    return model


def stacked():
    """A Sequential that begins with a frozen model and is compiled."""
    inputs = keras.Input((12, 12, 3), name="inputs")
    x = layers.Conv2D(4, 3, name="conv")(inputs)
    outputs = layers.GlobalAveragePooling2D(name="mean")(layers.BatchNormalization(name="norm")(x))
    base = keras.Model(inputs, outputs, name="base")
    base.trainable = False
    return keras.Sequential([base, layers.Dense(2, activation="softmax", name="top")], name="stacked")


def refused():
    """What tfjs hasn't: the layer's name, what the error speaks of, and the model."""

    def of(*stack):
        return keras.Sequential([keras.Input((8, 8, 4)), *stack])

    inputs = {"b": keras.Input((4,), name="b"), "a": keras.Input((4,), name="a")}
    yield "mixed", "dtype=mixed_bfloat16", of(layers.Conv2D(2, 3, dtype="mixed_bfloat16", name="mixed"))
    yield "bounded", "kernel_constraint", of(layers.Conv2D(2, 3, kernel_constraint="non_neg", name="bounded"))
    yield "active", "activity_regularizer", of(layers.Conv2D(2, 3, activity_regularizer="l2", name="active"))
    yield "renormed", "renorm", of(layers.BatchNormalization(renorm=True, name="renormed"))
    yield "synced", "synchronized", of(layers.BatchNormalization(synchronized=True, name="synced"))
    yield "first", "channels_first", of(layers.Flatten(data_format="channels_first", name="first"))
    yield "gated", "activation", of(layers.Activation("glu", name="gated"))
    yield "inverted", "invert", of(layers.Normalization(invert=True, mean=1.0, variance=2.0, name="inverted"))
    yield "skew", "regularizer", of(layers.Dense(4, kernel_regularizer=keras.regularizers.OrthogonalRegularizer(), name="skew"))
    yield "named", "input_layers", keras.Model(inputs, layers.Add()(list(inputs.values())), name="named")


def flags(model, path=""):
    # What Keras computes by an operation, Thaw does by a layer.
    steps = [step for step in getattr(model, "operations", model.layers) if not isinstance(step, layers.InputLayer)]
    found = {path + step.name: getattr(step, "trainable", True) for step in steps}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found.update(flags(layer, f"{path}{layer.name}/"))
    return found


def predict(model, inputs):
    outputs = model(inputs, training=False)
    return np.concatenate([np.ravel(output) for output in (outputs if isinstance(outputs, list) else [outputs])])


def describe(model, inputs):
    return {
        "predictions": predict(model, inputs).tolist(),
        "flags": flags(model),
        "trainable": int(sum(np.prod(variable.shape) for variable in model.trainable_variables)),
        "params": model.count_params(),
    }


def write(name, value):
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(value, file)


numbers = random.normal(size=(2, 4)).astype("float32")
models = {name: model for name, model in [*families(), ("convolutions", convolutions()), ("stacked", stacked())]}
inputs = {}
saved = {}
for name, model in models.items():
    pictures = random.uniform(0, 1, (2, *model.inputs[-1].shape[1:])).astype("float32")
    inputs[name] = [numbers, pictures] if name == "convolutions" else pictures
    randomize(model)
    if name == "stacked":
        model.compile(optimizer="adam", loss="categorical_crossentropy")
    lines = []
    model.summary(print_fn=lines.append)
    saved[name] = {**describe(model, inputs[name]), "pictures": pictures.ravel().tolist(), "summary": "".join(lines).rstrip("\n")}
    model.save(f"{folder}/python_{name}.keras")
# Not a MobileNetV3: Keras itself can't open one, since the format tells no operation from a layer.
for name in ("convolutions", "stacked", "ConvNeXtTiny"):
    models[name].save(f"{folder}/python_{name}.h5")

refusals = []
for layer, word, model in refused():
    model.save(f"{folder}/refused_{layer}.keras")
    refusals.append([layer, word])

# BatchNormalization as in training, without scale, centre or both.
normalized = []
for scale, center in ((True, False), (False, True), (False, False)):
    layer = layers.BatchNormalization(scale=scale, center=center, momentum=0.9)
    outputs = np.ravel(layer(numbers, training=True))
    statistics = [np.ravel(layer.moving_mean), np.ravel(layer.moving_variance)]
    normalized.append({"scale": scale, "center": center, "values": np.concatenate([outputs, *statistics]).tolist()})

write("saved", {"models": saved, "refused": refusals, "numbers": numbers.ravel().tolist(), "normalized": normalized})
print("saved", flush=True)

# Saved by Thaw, opened here.
sys.stdin.readline()
opened = {}
for name in models:
    opened[name] = describe(keras.models.load_model(f"{folder}/thaw_{name}.keras"), inputs[name])
write("opened", opened)
