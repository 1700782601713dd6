"""Reads folders of pictures with Python Keras: float32 pixels, int32 labels, and the order of the files.

Usage: image_dataset_keras.py OUT, where OUT/groups.json lists folders by name, each with the size its pictures are to have;
writes OUT/NAME.pixels, OUT/NAME.labels and OUT/NAME.json, and first a PNG of 16 bits into the first class of the first folder.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
import tensorflow as tf

out = sys.argv[1]
with open(f"{out}/groups.json") as file:
    groups = json.load(file)
first = groups[0]
height, width = first["imageSize"]
ramp = np.linspace(0, 65535, height * width * 3).astype("uint16").reshape(height, width, 3)
first_class = sorted(os.listdir(first["directory"]))[0]
tf.io.write_file(os.path.join(first["directory"], first_class, "16bits.png"), tf.io.encode_png(ramp))
for group in groups:
    dataset = keras.utils.image_dataset_from_directory(
        group["directory"], image_size=group["imageSize"], batch_size=8, shuffle=False
    )
    pixels, labels = zip(*[(x.numpy(), y.numpy()) for x, y in dataset])
    np.concatenate(pixels).astype("float32").tofile(f"{out}/{group['name']}.pixels")
    np.concatenate(labels).astype("int32").tofile(f"{out}/{group['name']}.labels")
    with open(f"{out}/{group['name']}.json", "w") as file:
        json.dump({"classNames": dataset.class_names, "filePaths": dataset.file_paths}, file)
