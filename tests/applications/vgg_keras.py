"""The features that Python Keras's VGG16 gives for the pictures of a folder, with the same weights."""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np

folder, weights = sys.argv[1:]
pictures = np.fromfile(f"{folder}/pictures.f32", "float32").reshape(8, 180, 180, 3)
model = keras.applications.VGG16(weights=None, include_top=False, input_shape=(180, 180, 3))
model.load_weights(weights)
inputs = keras.applications.vgg16.preprocess_input(pictures.copy())
inputs.tofile(f"{folder}/inputs.f32")
model.predict(inputs, verbose=0).tofile(f"{folder}/features.f32")
