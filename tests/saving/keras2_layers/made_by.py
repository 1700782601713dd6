"""Made layers.h5, layers.keras and expected.json beside it, by tf_keras or Keras 2.15: `made_by.py FOLDER`."""

import json
import sys

import numpy as np
import tensorflow as tf

keras = tf.keras
layers = keras.layers
folder = sys.argv[1]
random = np.random.default_rng(1)

inputs = keras.Input((9, 8, 3))
x = layers.Resizing(7, 10, interpolation="bicubic", crop_to_aspect_ratio=True)(inputs)
x = layers.CenterCrop(6, 6)(x)
x = layers.Conv2D(4, 3, activation="hard_sigmoid", padding="same")(x)
x = layers.GroupNormalization(groups=2)(x)
x = layers.LeakyReLU(alpha=0.15)(x)
x = layers.DepthwiseConv2D(3, dilation_rate=2, depth_multiplier=2, padding="same")(x)
x = layers.LayerNormalization()(x)
x = layers.ReLU(max_value=3.0, negative_slope=0.1, threshold=0.2)(x)
x = layers.UpSampling2D((2, 1), interpolation="bilinear")(x)
x = layers.Conv2DTranspose(4, 3, strides=2, output_padding=1)(x)
x = layers.PReLU(shared_axes=[1, 2])(x)
x = layers.SpatialDropout2D(0.2)(layers.GaussianNoise(0.1)(x))
x = layers.Activation("hard_sigmoid")(x)
x = layers.ThresholdedReLU(theta=0.45)(x)
outputs = layers.Dense(2)(layers.GlobalAveragePooling2D()(x))
model = keras.Model(inputs, outputs)
model.set_weights([random.uniform(-1, 1, weight.shape) for weight in model.get_weights()])

pictures = random.uniform(-1, 1, (2, 9, 8, 3)).astype("float32")
model.save(f"{folder}/layers.h5")
model.save(f"{folder}/layers.keras")
predictions = model.predict(pictures, verbose=0)
with open(f"{folder}/expected.json", "w") as file:
    json.dump({"pictures": pictures.ravel().tolist(), "predictions": predictions.ravel().tolist()}, file)
