"""Python Keras's side of random_models.ts: draws small models of any of the layers that Thaw has, saves them in each format,
and opens them as Thaw saved them. `random_models_keras.py FOLDER MODELS SEED`."""

import json
import logging
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras import layers
from keras.src.applications.convnext import LayerScale, StochasticDepth

logging.disable(logging.WARNING)
folder, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
FORMATS = ("keras", "h5")
# What a value of which float32 keeps too few digits would do to what comes after it.
MOST = 1e3

ACTIVATIONS = (
    "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid log_softmax mish "
    "relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid squareplus swish tanh tanh_shrink"
).split()
INTERPOLATIONS = "bilinear nearest bicubic lanczos3 lanczos5".split()


class Draw:
    """Chance, and the layers that it may choose."""

    def __init__(self, random):
        self.random = random

    def one(self, *choices):
        return choices[self.random.integers(len(choices))]

    def flag(self, chance=0.5):
        return bool(self.random.random() < chance)

    def number(self, low, high):
        return float(np.float32(self.random.uniform(low, high)))

    def pair(self, low, high):
        return self.one(int(self.random.integers(low, high + 1)), [int(size) for size in self.random.integers(low, high + 1, 2)])

    def kernel(self, name="kernel"):
        return {
            "use_bias": self.flag(0.7),
            "activation": self.one(None, *ACTIVATIONS),
            f"{name}_initializer": self.one("glorot_uniform", "he_normal", "lecun_uniform", "zeros", "orthogonal"),
            f"{name}_regularizer": self.one(None, None, "l2", keras.regularizers.L1(0.01), keras.regularizers.L1L2(0.01, 0.02)),
        }

    def window(self):
        """Kernels step or are dilated, never both, and depthwise ones alike both ways."""
        dilation = self.one(1, 1, 2)
        return {
            "kernel_size": self.pair(1, 3),
            "padding": self.one("same", "valid"),
            **({"strides": self.one(1, 1, 2)} if dilation == 1 else {"dilation_rate": dilation}),
        }

    def pooling(self):
        return {"pool_size": self.pair(1, 3), "strides": self.one(None, 1, 2), "padding": self.one("same", "valid")}

    def affine(self):
        return {"epsilon": self.one(1e-2, 1e-3), "center": self.flag(0.7), "scale": self.flag(0.7)}

    def size(self):
        return {"height": int(self.random.integers(3, 11)), "width": int(self.random.integers(3, 11))}

    def layer(self, channels, batchwise=True):
        """A layer for maps of so many channels."""
        draw = self
        filters = int(self.random.integers(1, 7))
        groups = self.one(*[each for each in range(1, channels + 1) if channels % each == 0])
        noise = {"seed": self.one(None, 7)}
        makers = [
            lambda: layers.Activation(draw.one(*ACTIVATIONS)),
            lambda: layers.Activation(draw.one(*ACTIVATIONS)),
            lambda: layers.AlphaDropout(0.3, **noise),
            lambda: layers.AveragePooling2D(**draw.pooling()),
            lambda: layers.BatchNormalization(momentum=0.9, **draw.affine()),
            lambda: layers.CenterCrop(**draw.size()),
            lambda: layers.Conv2D(filters, **draw.window(), **draw.kernel()),
            lambda: layers.Conv2D(groups * draw.one(1, 2), groups=groups, **draw.window(), **draw.kernel()),
            lambda: layers.Conv2DTranspose(
                filters, **draw.window(), output_padding=draw.one(None, None, 0), **draw.kernel()
            ),
            lambda: layers.Cropping2D(((1, 0), (0, 1))),
            lambda: layers.Dense(filters, **draw.kernel()),
            lambda: layers.DepthwiseConv2D(depth_multiplier=draw.one(1, 2), **draw.window(), **draw.kernel("depthwise")),
            lambda: layers.Dropout(0.3, noise_shape=draw.one(None, (None, 1, 1, None)), **noise),
            lambda: layers.ELU(),
            lambda: layers.GaussianDropout(0.3, **noise),
            lambda: layers.GaussianNoise(0.3, **noise),
            lambda: layers.GlobalAveragePooling2D(keepdims=True),
            lambda: layers.GlobalMaxPooling2D(keepdims=True),
            lambda: layers.GroupNormalization(draw.one(groups, -1), **draw.affine()),
            lambda: layers.LayerNormalization(axis=draw.one(-1, [1, 2, 3], [-2, -1]), **draw.affine()),
            lambda: LayerScale(0.5, channels),
            lambda: layers.LeakyReLU(draw.number(0, 0.5)),
            lambda: layers.MaxPooling2D(**draw.pooling()),
            lambda: layers.Normalization(mean=draw.number(-1, 1), variance=draw.number(0.5, 2), axis=None),
            lambda: layers.Normalization(mean=[0.25] * channels, variance=[draw.number(0.5, 2)] * channels),
            lambda: layers.Normalization(),
            lambda: layers.PReLU(shared_axes=draw.one(None, [1, 2], [1]), alpha_initializer="ones"),
            lambda: layers.Permute((2, 1, 3)),
            lambda: layers.RandomBrightness(0.2, **noise),
            lambda: layers.RandomContrast(0.2, **noise),
            lambda: layers.RandomFlip(draw.one("horizontal", "vertical"), **noise),
            lambda: layers.RandomRotation(0.2, **noise),
            lambda: layers.RandomTranslation(0.2, 0.1, **noise),
            lambda: layers.RandomZoom(0.2, **noise),
            lambda: layers.ReLU(draw.one(None, 6.0, draw.number(1, 3)), draw.one(0.0, 0.25), draw.one(0.0, 0.5)),
            lambda: layers.Rescaling(draw.number(0.5, 2), draw.number(-1, 1)),
            lambda: layers.Rescaling([draw.number(0.5, 2)] * channels),
            lambda: layers.Reshape((-1, draw.one(1, 2), channels)),
            lambda: layers.Resizing(
                **draw.size(),
                interpolation=draw.one(*INTERPOLATIONS, "area"),
                **draw.one({}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": 0.5}, {"antialias": True}),
            ),
            lambda: layers.SeparableConv2D(
                filters,
                depth_multiplier=draw.one(1, 2),
                **draw.window(),
                **draw.kernel("pointwise"),
            ),
            lambda: layers.Softmax(),
            lambda: layers.SpatialDropout2D(0.3, **noise),
            lambda: StochasticDepth(0.3),
            lambda: layers.UpSampling2D(draw.pair(1, 2), interpolation=draw.one(*INTERPOLATIONS)),
            lambda: layers.ZeroPadding2D(draw.pair(0, 2)),
        ]
        return self.one(*makers)()

    def merged(self, tensors):
        """Tensors of one shape as one."""
        kinds = [layers.Add, layers.Average, layers.Maximum, layers.Minimum, layers.Multiply, layers.Concatenate]
        if self.flag(0.2):
            return self.one(lambda a, b: a + b, lambda a, b: a * b, keras.ops.maximum, keras.ops.minimum)(*tensors[:2])
        return self.one(*kinds)()(tensors)

    def tried(self, x, make):
        """What a layer gives, or, where that isn't possible or of no use, what it was given."""
        try:
            given = make(x)
        except Exception:
            return x
        sizes = given.shape[1:]
        useful = len(sizes) == 4 - 1 and sizes[-1] is not None and all(size is None or 1 <= size <= 24 for size in sizes)
        return given if useful else x

    def functional(self, x, depth, length):
        """A few layers after a tensor, with branches, shared layers and models within."""
        for _ in range(length):
            kind = self.random.random()
            if kind < 0.12:
                branches = [self.tried(x, lambda x: self.layer(x.shape[-1])(x)) for _ in range(self.one(2, 3))]
                x = self.tried(x, lambda x: self.merged([branch if branch.shape == x.shape else x for branch in branches]))
            elif kind < 0.2:
                layer = self.layer(x.shape[-1])
                x = self.tried(self.tried(x, layer), layer)
            elif kind < 0.3 and depth > 0:
                inner = self.model(x.shape[1:], depth - 1, top=False)
                x = self.tried(x, inner)
                x = self.tried(x, inner) if self.flag(0.3) else x
            else:
                x = self.tried(x, lambda x: self.layer(x.shape[-1])(x))
        return x

    def top(self):
        """The layers that give some numbers a picture."""
        units = int(self.random.integers(1, 5))
        pooling = self.one(layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D, layers.Flatten)
        return [pooling(), layers.Dense(units, activation=self.one(None, "softmax", "sigmoid", "hard_sigmoid"))]

    def sequential(self, shape, top):
        model = keras.Sequential([keras.Input(shape)])
        for _ in range(self.random.integers(1, 7)):
            before = model.output_shape
            layer = self.layer(before[-1])
            try:
                model.add(layer)
                after = model.output_shape
            except Exception:
                after = ()
                model = keras.Sequential([keras.Input(shape), *[each for each in model.layers if each is not layer]])
                continue
            if len(after) != 4 or any(size is not None and not 1 <= size <= 24 for size in after[1:]):
                model.pop()
        for layer in self.top() if top else []:
            model.add(layer)
        return model

    def model(self, shape, depth=2, top=True):
        if self.flag(0.3):
            return self.sequential(shape, top)
        inputs = [keras.Input(shape) for _ in range(2 if top and self.flag(0.15) else 1)]
        x = inputs[0] if len(inputs) == 1 else layers.Add()(inputs)
        x = self.functional(x, depth, self.random.integers(2, 8))
        if not top:
            return keras.Model(inputs, layers.Activation("linear")(x) if x is inputs[0] else x)
        outputs = []
        for _ in range(2 if self.flag(0.15) else 1):
            y = x
            for layer in self.top():
                y = layer(y)
            outputs.append(y)
        return keras.Model(inputs, outputs[0] if len(outputs) == 1 else outputs)


def randomize(model, random):
    weights = []
    for weight in model.weights:
        kind = weight.path.split("/")[-1]
        if "seed" in weight.path:
            weights.append(np.asarray(weight))
        elif "variance" in kind or kind == "count":
            weights.append(random.uniform(0.5, 2, weight.shape))
        else:
            weights.append(random.uniform(-0.7, 0.7, weight.shape))
    for weight, values in zip(model.weights, weights):
        weight.assign(values)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Normalization) and layer.input_mean is None:
            # It reckons with what it has made of its weights.
            layer.finalize_state()


def predictions(model, inputs):
    outputs = model(inputs[0] if len(inputs) == 1 else inputs, training=False)
    return [np.ravel(output).tolist() for output in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


def drawn(number):
    """A model, its inputs and what it gives: numbers that float32 holds well."""
    for attempt in range(1000):
        random = np.random.default_rng([seed, number, attempt])
        keras.utils.clear_session()
        draw = Draw(random)
        shape = (None, None, 3) if draw.flag(0.15) else (int(random.integers(6, 12)), int(random.integers(6, 12)), int(random.integers(1, 5)))
        try:
            model = draw.model(shape)
            randomize(model, random)
            sizes = [3, *[size or 9 for size in shape]]
            inputs = [random.uniform(-1, 1, sizes).astype("float32") for _ in model.inputs]
            given = predictions(model, inputs)
            between = keras.Model(model.inputs, [layer.output for layer in model.layers if len(layer._inbound_nodes) == 1])
            values = np.concatenate([np.ravel(each) for each in keras.tree.flatten(between(inputs, training=False))])
        except Exception:
            continue
        if np.all(np.isfinite(values)) and np.max(np.abs(values)) < MOST and all(np.max(np.abs(each)) > 1e-3 for each in given):
            return model, inputs, given
    raise RuntimeError("no model was drawn")


def classes(model):
    found = []
    for layer in model.layers:
        found += classes(layer) if isinstance(layer, keras.Model) else [type(layer).__name__]
    return found


def alike(one, other):
    return len(one) == len(other) and all(np.allclose(a, b, rtol=1e-4, atol=1e-4) for a, b in zip(one, other))


cases = []
for number in range(count):
    model, inputs, given = drawn(number)
    for ending in FORMATS:
        try:
            model.save(f"{folder}/{number}.{ending}")
        except Exception:
            # Keras has no way to write some in the legacy format.
            if os.path.exists(f"{folder}/{number}.{ending}"):
                os.remove(f"{folder}/{number}.{ending}")
    model.save_weights(f"{folder}/{number}.weights.h5")
    values = [{"shape": each.shape, "values": each.ravel().tolist()} for each in inputs]
    cases.append({"inputs": values, "predictions": given, "classes": classes(model)})
with open(f"{folder}/drawn.json", "w") as file:
    json.dump(cases, file)
print("drawn", flush=True)

sys.stdin.readline()
opened = []
for number, case in enumerate(cases):
    inputs = [np.array(each["values"], "float32").reshape(each["shape"]) for each in case["inputs"]]
    answers = {}
    for ending in FORMATS:
        path = f"{folder}/thaw_{number}.{ending}"
        keras.utils.clear_session()
        try:
            answers[ending] = predictions(keras.models.load_model(path), inputs) if os.path.exists(path) else []
            if answers[ending] and not alike(answers[ending], case["predictions"]):
                # Of the legacy format Keras takes no Normalization within a model right, its own neither.
                own = predictions(keras.models.load_model(f"{folder}/{number}.{ending}"), inputs)
                answers[ending] = [] if alike(answers[ending], own) else answers[ending]
        except Exception as error:
            answers[ending] = f"{type(error).__name__}: {str(error)[:1500]}"
    opened.append(answers)
with open(f"{folder}/opened.json", "w") as file:
    json.dump(opened, file)
