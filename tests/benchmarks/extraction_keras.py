"""Python Keras's side of the extraction benchmark: each line on standard input is a folder to extract, answered with JSON."""

import json
import resource
import sys
import time

import keras
import numpy as np

weights, batch_size = sys.argv[1], int(sys.argv[2])
conv_base = keras.applications.VGG16(weights=weights, include_top=False, input_shape=(180, 180, 3))


def extract(directory):
    dataset = keras.utils.image_dataset_from_directory(
        directory, image_size=(180, 180), batch_size=batch_size, shuffle=False, verbose=False
    )
    features, labels = [], []
    for images, batch_labels in dataset:
        preprocessed = keras.applications.vgg16.preprocess_input(images)
        features.append(conv_base.predict(preprocessed, verbose=0))
        labels.append(batch_labels)
    return np.concatenate(features), np.concatenate(labels)


print(json.dumps({"keras": keras.__version__}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    features, _ = extract(line.strip())
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "shape": features.shape, "mean": float(features.mean()), "peak": peak}), flush=True)
