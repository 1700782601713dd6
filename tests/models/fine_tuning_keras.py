"""Saves a MobileNetV2 under a head into a folder, and what its weights are after a few steps of fine-tuning."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
from keras import layers

folder, question = sys.argv[1], json.loads(sys.argv[2])
keras.utils.set_random_seed(1)
random = np.random.default_rng(1)

base = keras.applications.MobileNetV2(alpha=0.35, weights=None, include_top=False, input_shape=(64, 64, 3), name="base")
normalizations = [layer for layer in base.layers if isinstance(layer, layers.BatchNormalization)]
for layer in normalizations:
    scale = 0.3 if "project" in layer.name else 1
    layer.gamma.assign(scale * random.uniform(0.7, 1.3, layer.gamma.shape))
    layer.beta.assign(random.normal(0, 0.1, layer.beta.shape))
    layer.momentum = 0.0
# Statistics like those that training leaves: with arbitrary ones all pictures look alike further up. But none so small that
# it would magnify rounding errors layer by layer.
base(random.normal(size=(16, 64, 64, 3)).astype("float32"), training=True)
for layer in normalizations:
    variance = layer.moving_variance.numpy()
    layer.moving_variance.assign(np.maximum(variance, np.median(variance)))
    layer.momentum = 0.9
base.trainable = False
inputs = keras.Input((64, 64, 3))
outputs = layers.Dense(1, activation="sigmoid", name="dense")(layers.GlobalAveragePooling2D()(base(inputs)))
model = keras.Model(inputs, outputs)
model.save(f"{folder}/model.keras")

pictures = random.normal(size=(8, 64, 64, 3)).astype("float32")
labels = random.integers(0, 2, (8, 1)).astype("float32")
pictures.tofile(f"{folder}/pictures.f32")
labels.tofile(f"{folder}/labels.f32")
optimizers = {
    "SGD": keras.optimizers.SGD,
    "RMSprop": lambda rate: keras.optimizers.RMSprop(rate, epsilon=question["epsilon"]),
}
start = model.get_weights()
answer = []
for index, (optimizer, rate, normalization_trains) in enumerate(question["cases"]):
    model.set_weights(start)
    base.trainable = True
    thawed = False
    for layer in base.layers:
        thawed = thawed or layer.name == question["thawed_from"]
        is_normalization = isinstance(layer, layers.BatchNormalization)
        layer.trainable = thawed and (normalization_trains or not is_normalization)
    model.compile(optimizers[optimizer](rate), "binary_crossentropy")
    losses = [float(model.train_on_batch(pictures, labels)) for _ in range(question["steps"])]
    leaves = [leaf for leaf in model._flatten_layers() if leaf.weights and not isinstance(leaf, keras.Model)]
    weights = [(f"{leaf.name}/{place}", values) for leaf in leaves for place, values in enumerate(leaf.get_weights())]
    np.concatenate([np.ravel(values) for _, values in weights]).tofile(f"{folder}/weights_{index}.f32")
    names = [(name, int(values.size)) for name, values in weights]
    answer.append({"trainable": len(model.trainable_weights), "losses": losses, "weights": names})

with open(f"{folder}/answer.json", "w") as file:
    json.dump(answer, file)
