"""Reads a folder of pictures with Python Keras: float32 pixels, int32 labels, and the order of the files.

Usage: image_dataset_keras.py DIRECTORY OUT HEIGHT WIDTH; writes OUT/pixels.bin, OUT/labels.bin and OUT/meta.json, and
first a PNG of 16 bits into the folder of the first class.
"""

import json
import os
import sys

import keras
import numpy as np
import tensorflow as tf

directory, out, height, width = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
ramp = np.linspace(0, 65535, 30 * 40 * 3).astype("uint16").reshape(30, 40, 3)
tf.io.write_file(os.path.join(directory, sorted(os.listdir(directory))[0], "16bits.png"), tf.io.encode_png(ramp))
dataset = keras.utils.image_dataset_from_directory(directory, image_size=(height, width), batch_size=8, shuffle=False)
pixels, labels = zip(*[(x.numpy(), y.numpy()) for x, y in dataset])
np.concatenate(pixels).astype("float32").tofile(f"{out}/pixels.bin")
np.concatenate(labels).astype("int32").tofile(f"{out}/labels.bin")
with open(f"{out}/meta.json", "w") as file:
    json.dump({"classNames": dataset.class_names, "filePaths": dataset.file_paths}, file)
