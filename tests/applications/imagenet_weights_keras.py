"""What Keras says of its weights, as JSON: what two files of them hold, and which file each network asks for.

Arguments: files of VGG16's, MobileNetV2's and Xception's weights, all without the top, and a folder that holds pictures and
gets the features of the last two of them.
"""

import json
import sys
from itertools import product

import keras
import numpy as np
from keras.src.utils import file_utils

VGG16, MOBILE_NET_V2, XCEPTION, FOLDER = sys.argv[1:]
NETWORKS = ["VGG16", "VGG19", "Xception", "ResNet50", "ResNet50V2", "DenseNet121", "DenseNet169", "DenseNet201"]
NETWORKS += ["InceptionV3", "ResNet101", "ResNet152", "ResNet101V2", "ResNet152V2", "ConvNeXtTiny"]
NETWORKS += [f"EfficientNetB{number}" for number in range(8)]
NETWORKS += [f"EfficientNetV2B{number}" for number in range(4)]
MOBILE = {
    "MobileNet": product([0.25, 0.5, 0.75, 1.0], [128, 160, 192, 224]),
    "MobileNetV2": product([0.35, 0.5, 0.75, 1.0, 1.3, 1.4], [96, 128, 160, 192, 224]),
    "MobileNetV3Small": product([0.75, 1.0], [224]),
    "MobileNetV3Large": product([0.75, 1.0], [224]),
}


class Anything:
    """Stands in for tensors, layers and models: to build them all would take minutes."""

    shape = (None, 56, 56, 32)

    def __call__(self, *args, **kwargs):
        return self

    __add__ = __mul__ = __call__

    def __getattr__(self, name):
        return Anything()


def files():
    """Of each network its name, alpha, size and top, and the address and hash of the file that it asks for."""
    asked = []
    file_utils.get_file = lambda name, origin, cache_subdir, file_hash=None: asked.append([origin, file_hash])
    variants = [(name, None, None) for name in NETWORKS]
    variants += [(name, *variant) for name in MOBILE for variant in MOBILE[name]]
    variants += [(f"MobileNetV3{size} minimalistic", 1.0, 224) for size in ("Small", "Large")]
    for name, alpha, size in variants:
        function, *minimalistic = name.split()
        network = getattr(keras.applications, function)
        stand_ins = ("layers", "Functional", "Sequential", "LayerScale")
        network.__globals__.update({stand_in: Anything() for stand_in in stand_ins})
        args = {"alpha": alpha, "input_shape": (size, size, 3)} if alpha else {}
        if minimalistic:
            args["minimalistic"] = True
        for top in (True, False):
            network(include_top=top, **args)
            yield [name, alpha, size, top, *asked.pop()]


def value(layer, kind, *index):
    return float(layer.get_weights()[kind][index])


model = keras.applications.VGG16(weights=VGG16, include_top=False)
vgg16 = [
    value(model.get_layer("block1_conv1"), 0, 0, 0, 0, 0),
    value(model.get_layer("block1_conv1"), 1, 25),
    value(model.get_layer("block1_conv2"), 0, 2, 2, 63, 63),
    value(model.get_layer("block2_conv1"), 1, 1),
    value(model.get_layer("block5_conv1"), 0, 1, 0, 63, 269),
    value(model.get_layer("block5_conv2"), 1, 510),
    value(model.get_layer("block5_conv3"), 0, 0, 2, 0, 400),
]

model = keras.applications.MobileNetV2(weights=MOBILE_NET_V2, include_top=False, input_shape=(96, 96, 3))
(kernel,) = model.get_layer("Conv1").get_weights()
gamma, _, _, variance = model.get_layer("bn_Conv1").get_weights()
folded = kernel * (gamma / np.sqrt(variance + np.float32(1e-3)))
places = [(0, 0, 0, 0), (0, 0, 0, 1), (2, 2, 2, 31)]
mobile_net_v2 = [float(array[place]) for array in (kernel, folded) for place in places]
pictures = np.fromfile(f"{FOLDER}/pictures.bin", "float32").reshape(-1, 96, 96, 3)
model(pictures, training=False).numpy().tofile(f"{FOLDER}/MobileNetV2.bin")

model = keras.applications.Xception(weights=XCEPTION, include_top=False, input_shape=(96, 96, 3))
(kernel,) = model.get_layer("block1_conv1").get_weights()
normalizations = [layer.get_weights() for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
xception = {
    "parameters": model.count_params(),
    "kernel": [float(kernel[place]) for place in places],
    "normalizations": [
        {
            name: [float(values.min()), float(values.max())]
            for name, values in zip(("gamma", "beta", "mean", "variance"), weights)
        }
        for weights in normalizations
    ],
}
model(pictures, training=False).numpy().tofile(f"{FOLDER}/Xception.bin")

print(json.dumps({"vgg16": vgg16, "mobileNetV2": mobile_net_v2, "xception": xception, "files": list(files())}))
