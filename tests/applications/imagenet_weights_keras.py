"""Loads a weights file with Keras's own VGG16 and prints the published values as JSON."""

import json
import sys

import keras

model = keras.applications.VGG16(weights=sys.argv[1], include_top=False)


def value(layer, kind, *index):
    return float(model.get_layer(layer).get_weights()[kind][index])


print(
    json.dumps(
        [
            value("block1_conv1", 0, 0, 0, 0, 0),
            value("block1_conv1", 1, 25),
            value("block1_conv2", 0, 2, 2, 63, 63),
            value("block2_conv1", 1, 1),
            value("block5_conv1", 0, 1, 0, 63, 269),
            value("block5_conv2", 1, 510),
            value("block5_conv3", 0, 0, 2, 0, 400),
        ]
    )
)
