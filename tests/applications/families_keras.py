"""Networks of Python Keras with weights drawn at random, and what they compute: see families.test.ts."""

import json
import os
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import applications, layers
from keras.src.legacy.saving import legacy_h5_format

# The network, the size of the pictures, how many there are, what draws weights and pictures, and what else it is built with.
# The seeds are chosen: no input of a ReLU lies within 5e-6 of where it bends, and no two of a max pooling are as close.
# One that fell on the other side, by rounding alone, would change a gradient by far more than rounding does.
NETWORKS = {
    "xception": (applications.Xception, (71, 75), 2, 13, {}),
    "resnet50": (applications.ResNet50, (33, 40), 4, 5, {}),
    "resnet50V2": (applications.ResNet50V2, (33, 40), 4, 1, {}),
    "mobileNet 0.5": (applications.MobileNet, (64, 48), 4, 1, {"alpha": 0.5}),
    "mobileNet 1": (applications.MobileNet, (64, 48), 4, 2, {}),
    "mobileNetV2 0.5": (applications.MobileNetV2, (33, 40), 4, 2, {"alpha": 0.5}),
    "mobileNetV2 1": (applications.MobileNetV2, (33, 40), 4, 1, {}),
    "efficientNetB0": (applications.EfficientNetB0, (33, 40), 6, 1, {}),
    "efficientNetB3": (applications.EfficientNetB3, (49, 64), 6, 1, {}),
    "denseNet121": (applications.DenseNet121, (64, 70), 4, 22, {}),
    "vgg16": (applications.VGG16, (32, 40), 2, 1, {}),
    "vgg19": (applications.VGG19, (40, 32), 2, 26, {}),
    "inceptionV3": (applications.InceptionV3, (107, 110), 2, 26, {}),
    "resnet101": (applications.ResNet101, (33, 40), 2, 4, {}),
    "resnet101V2": (applications.ResNet101V2, (33, 40), 4, 1, {}),
    "mobileNetV3Small": (applications.MobileNetV3Small, (64, 48), 4, 1, {}),
    "mobileNetV3Large 0.75": (applications.MobileNetV3Large, (64, 48), 4, 1, {"alpha": 0.75}),
    "efficientNetV2B0": (applications.EfficientNetV2B0, (33, 40), 6, 1, {}),
    "efficientNetV2B2": (applications.EfficientNetV2B2, (49, 64), 6, 1, {}),
    "convNeXtTiny": (applications.ConvNeXtTiny, (32, 40), 4, 1, {}),
}


def is_norm(layer):
    return isinstance(layer, layers.BatchNormalization)


def build(name):
    network, size, _, _, args = NETWORKS[name]
    model = network(weights=None, input_shape=(*size, 3), classes=7, classifier_activation=None, **args)
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
        elif is_norm(layer):
            layer.momentum = 0.5
    return model


def randomize(model, pictures, random):
    """Draws all weights, so that each layer gives values of about 1."""
    for variable in model.variables:
        shape = variable.shape
        if variable.name in ("kernel", "pointwise_kernel"):
            # ReLU halves what goes through; after the last layer there is none.
            scale = 1 if variable.path.startswith(("predictions", "logits")) or "head_dense" in variable.path else 2
            variable.assign(random.normal(0, np.sqrt(scale / np.prod(shape[:-1])), shape))
        elif variable.name == "depthwise_kernel":
            variable.assign(random.normal(0, np.sqrt(2 / np.prod(shape[:2])), shape))
        elif "layer_scale" in variable.path:
            variable.assign(random.choice([-1, 1], shape) * random.uniform(0.2, 0.4, shape))
        elif variable.name == "gamma":
            variable.assign(random.uniform(0.7, 1.3, shape))
        elif variable.name == "beta":
            variable.assign(random.choice([-1, 1, 1], shape) * random.uniform(2, 4, shape))
        elif variable.name in ("bias", "mean"):
            variable.assign(random.normal(0, 0.1, shape))
        elif variable.name == "variance":
            variable.assign(random.uniform(0.7, 1.3, shape))
        elif variable.name == "count":
            variable.assign(7)
    norms = [layer for layer in model.layers if is_norm(layer)]
    for layer in model.layers:
        if is_norm(layer):
            layer.momentum = 0.0
        elif isinstance(layer, layers.Normalization):
            layer.finalize_state()
    # The statistics of a batch, and then something else, or both modes would do the same.
    model(pictures, training=True)
    for layer in norms:
        layer.momentum = 0.5
        variance = layer.moving_variance.numpy()
        layer.moving_variance.assign(variance * random.uniform(0.8, 1.25, variance.shape) + 1e-3)
        layer.moving_mean.assign_add(random.normal(0, 0.1, variance.shape) * np.sqrt(variance))


def compute(model, pictures, coefficients, training):
    """The outputs, and the gradients of their sum, weighted, by the pictures and by each weight that trains."""
    weights = [variable.value for variable in model.trainable_variables]
    pictures = tf.constant(pictures)
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        outputs = model(pictures, training=training)
        loss = tf.reduce_sum(outputs * coefficients)
    return [outputs, *tape.gradient(loss, [pictures, *weights])]


def rename(path):
    """Gives every layer of a legacy file another name, with a slash as the oldest official files have, in no order."""
    with h5py.File(path, "r+") as file:
        old = legacy_h5_format.load_attributes_from_hdf5_group(file, "layer_names")
        new = [f"old/{len(old) - index}" for index in range(len(old))]
        for before, after in zip(old, new):
            file.move(before, after)
        for attribute in [name for name in file.attrs if name.startswith("layer_names")]:
            del file.attrs[attribute]
        legacy_h5_format.save_attributes_to_hdf5_group(file, "layer_names", [name.encode() for name in new])


def save(model, path):
    model.save_weights(f"{path}.weights.h5")
    with h5py.File(f"{path}.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    shutil.copy(f"{path}.h5", f"{path}_renamed.h5")
    rename(f"{path}_renamed.h5")


def averages(model):
    return [np.ravel(average) for layer in model.layers if is_norm(layer) for average in layer.non_trainable_variables]


def describe(name, folder):
    """Saves a network's weights, and writes what it computes: numbers one after another, and what they are."""
    _, size, batch, seed, _ = NETWORKS[name]
    random = np.random.default_rng(seed)
    model = build(name)
    pictures = random.normal(0, 1, (batch, *size, 3)).astype("float32")
    if name.startswith(("efficientNet", "mobileNetV3", "convNeXt")):
        pictures = random.uniform(0, 255, pictures.shape).astype("float32")
    randomize(model, pictures, random)
    coefficients = random.normal(0, 1, (batch, 7)).astype("float32")
    path = f"{folder}/{name}"
    save(model, path)

    written = {"pictures": [pictures], "coefficients": [coefficients]}
    for mode in ("inference", "training"):
        outputs, *gradients = compute(model, pictures, coefficients, mode == "training")
        written[f"{mode} outputs"], written[f"{mode} gradients"] = [outputs], gradients
    written["averages"] = averages(model)
    numbers = [np.ravel(array).astype("float32") for arrays in written.values() for array in arrays]
    np.concatenate(numbers).tofile(f"{path}.f32")
    with open(f"{path}.json", "w") as file:
        json.dump(
            {
                "sizes": {key: [int(np.size(array)) for array in arrays] for key, arrays in written.items()},
                "names": ["pictures", *[variable.path for variable in model.trainable_variables]],
                "shape": list(pictures.shape),
                "parameters": model.count_params(),
            },
            file,
        )


if __name__ == "__main__":
    for name in NETWORKS:
        describe(name, sys.argv[1])
        keras.backend.clear_session()
        print(name, flush=True)
        # One ahead of who reads.
        sys.stdin.readline()
