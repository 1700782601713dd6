"""Python Keras's networks as the cases in a file ask for them: their layers, the error that they end in, their inputs."""

import json
import os
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np

# Only names, shapes and numbers of weights are asked for, and drawing hundreds of millions takes a minute.
keras.initializers.VarianceScaling.__call__ = lambda self, shape, dtype=None: keras.ops.zeros(shape, dtype)

folder = sys.argv[1]


def snake(name):
    return re.sub("([A-Z])", lambda match: "_" + match[1].lower(), name)


def find(network):
    # Here networks are called as Keras's, but for their first letter.
    name = re.sub("^resnet", "ResNet", re.sub("^vgg", "VGG", network))
    return getattr(keras.applications, name[0].upper() + name[1:])


def build(network, args):
    keras.backend.clear_session()
    values = {snake(key): tuple(value) if isinstance(value, list) else value for key, value in args.items()}
    return find(network)(**values)


def preprocess(network, picture):
    module = sys.modules[find(network).__module__]
    return np.ravel(module.preprocess_input(np.array(picture, "float32"))).tolist()


def settings(layer):
    if isinstance(layer, keras.layers.BatchNormalization):
        return [layer.epsilon, layer.momentum]
    if isinstance(layer, keras.layers.LayerNormalization):
        return [layer.epsilon]
    return [layer.rate] if isinstance(layer, keras.layers.Dropout) else []


def describe(model):
    return {
        "name": model.name,
        # What Keras computes by an operation, Thaw does by a layer.
        "layers": [[layer.name, list(layer.output.shape), settings(layer)] for layer in model.operations],
        "parameters": model.count_params(),
        "trainable": sum(variable.value.shape.num_elements() for variable in model.trainable_variables),
    }


with open(f"{folder}/cases.json") as file:
    cases = json.load(file)
described = [describe(build(*case)) for case in cases["networks"]]

complaints = []
for network, args in cases["mistakes"]:
    try:
        build(network, args)
        complaints.append(None)
    except ValueError as error:
        complaints.append(str(error))



def of_channels(network, channels):
    """What a picture of so many channels becomes as a tensor, and what is said of it."""
    module = sys.modules[find(network).__module__]
    picture = keras.ops.reshape(keras.ops.arange(4 * channels, dtype="float32"), (1, 2, 2, channels))
    try:
        return np.ravel(module.preprocess_input(picture)).tolist()
    except Exception:
        return None


channels = {network: [of_channels(network, count) for count in (1, 2)] for network in cases["all"]}
preprocessed = {network: preprocess(network, cases["picture"]) for network in cases["all"]}

small = build("mobileNetV2", cases["small"])
small.save_weights(f"{folder}/small.weights.h5")
with open(f"{folder}/keras.json", "w") as file:
    json.dump({"networks": described, "complaints": complaints, "preprocessed": preprocessed, "channels": channels}, file)
