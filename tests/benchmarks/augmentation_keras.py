"""Python Keras's side of the augmentation benchmark: each line on standard input is answered with milliseconds a picture."""

import sys
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers

batch_size, batches = int(sys.argv[1]), int(sys.argv[2])
pictures = tf.constant(np.random.default_rng(1).uniform(0, 255, (batch_size, 180, 180, 3)).astype("float32"))
augmentation = keras.Sequential(
    [layers.RandomFlip("horizontal", seed=1), layers.RandomRotation(0.1, seed=1), layers.RandomZoom(0.2, seed=1)]
)


@tf.function
def augment():
    return augmentation(pictures, training=True)


augment()[0, 0, 0, 0].numpy()
print(keras.__version__, flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    for _ in range(batches):
        augment()[0, 0, 0, 0].numpy()
    print((time.perf_counter() - start) * 1000 / (batches * batch_size), flush=True)
