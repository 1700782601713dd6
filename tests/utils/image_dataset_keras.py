"""What Python Keras makes of folders of pictures: pixels, labels, class names and file paths of each group in groups.json.

A group's args are those of Thaw's imageDatasetFromDirectory. Of one without pixels the paths alone are asked for.
"""

import json
import os
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
import tensorflow as tf

out = sys.argv[1]
with open(f"{out}/groups.json") as file:
    groups = json.load(file)
first = groups[0]
height, width = first["args"]["imageSize"]
ramp = np.linspace(0, 65535, height * width * 3).astype("uint16").reshape(height, width, 3)
first_class = sorted(os.listdir(first["directory"]))[0]
tf.io.write_file(os.path.join(first["directory"], first_class, "16bits.png"), tf.io.encode_png(ramp))
for group in groups:
    args = {re.sub("([A-Z])", lambda letter: "_" + letter[0].lower(), name): value for name, value in group["args"].items()}
    dataset = keras.utils.image_dataset_from_directory(group["directory"], batch_size=8, **args)
    if group["pixels"]:
        pixels, labels = zip(*[(x.numpy(), y.numpy()) for x, y in dataset])
        np.concatenate(pixels).astype("float32").tofile(f"{out}/{group['name']}.pixels")
        np.concatenate(labels).astype("int32").tofile(f"{out}/{group['name']}.labels")
    with open(f"{out}/{group['name']}.json", "w") as file:
        json.dump({"classNames": dataset.class_names, "filePaths": dataset.file_paths}, file)
