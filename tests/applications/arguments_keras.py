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
    name = {"resnet50": "ResNet50", "resnet50V2": "ResNet50V2"}.get(network)
    name = name or re.sub("^vgg", "VGG", network)
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
    return [layer.rate] if isinstance(layer, keras.layers.Dropout) else []


def describe(model):
    return {
        "name": model.name,
        "layers": [[layer.name, list(layer.output.shape), settings(layer)] for layer in model.layers],
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

preprocessed = {network: preprocess(network, cases["picture"]) for network in cases["all"]}

small = build("mobileNetV2", cases["small"])
small.save_weights(f"{folder}/small.weights.h5")
with open(f"{folder}/keras.json", "w") as file:
    json.dump({"networks": described, "complaints": complaints, "preprocessed": preprocessed}, file)
