"""What Python Keras makes of the chapter's models: see chapter_parity.test.ts, which writes the folder's question."""

import json
import os
import sys
import warnings

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np
import tensorflow as tf
from keras import layers

folder, vgg16_weights = sys.argv[1:]
answer = {"losses": {}, "opened": {}, "summaries": {}}


def read(name, *shape):
    return np.fromfile(f"{folder}/{name}.f32", "float32").reshape(-1, *shape)


def write(name, arrays):
    np.concatenate([np.ravel(array) for array in arrays]).astype("float32").tofile(f"{folder}/{name}.f32")


inputs = {"features": read("features", 5, 5, 512), "pictures": read("pictures", 180, 180, 3)}
labels = read("labels", 1)


def step(model, xs, batch):
    eight = slice(8 * batch, 8 * batch + 8)
    return model.fit(xs[eight], labels[eight], batch_size=8, verbose=0).history["loss"][0]


# Gradients and ten steps, from models that Thaw has saved before their first.
for name, of in {"head": "features", "block5": "pictures"}.items():
    model = keras.models.load_model(f"{folder}/{name}_start.keras")
    xs = inputs[of]
    weights = model.trainable_weights
    hidden = keras.Model(model.inputs, model.get_layer("dense").output)
    write(f"{name}_forward", hidden.predict(xs, verbose=0))
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y=labels[:8], y_pred=model(xs[:8], training=True))
    write(f"{name}_gradients", tape.gradient(loss, [weight.value for weight in weights]))
    answer["losses"][name] = [step(model, xs, at % 5) for at in range(10)]
    write(f"{name}_weights", weights)


# Saved by Thaw, opened here.
names = {"feature_extraction": "features", "data_augmentation": "pictures", "fine_tuning": "pictures"}
for name, of in names.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = keras.models.load_model(f"{folder}/thaw_{name}.keras")
    write(f"thaw_{name}", model.predict(inputs[of], verbose=0))
    answer["opened"][name] = {
        "trainable": len(model.trainable_weights),
        "optimizer": type(model.optimizer).__name__,
        "rate": float(model.optimizer.learning_rate),
        "iterations": int(model.optimizer.iterations),
        "loss": model.loss,
        "metrics": model._compile_metrics._user_metrics,
        "warnings": [str(warning.message) for warning in caught],
    }


# Saved here, to be opened by Thaw.
def head():
    return [
        layers.Flatten(name="flatten"),
        layers.Dense(256, name="dense"),
        layers.Dropout(0.5, name="dropout"),
        layers.Dense(1, activation="sigmoid", name="dense_1"),
    ]


def train_and_save(name, model, rate, factor):
    model.compile(keras.optimizers.RMSprop(rate), loss="binary_crossentropy", metrics=["accuracy"])
    xs = inputs[names[name]]
    step(model, xs, 0)
    last = model.get_layer("dense_1")
    last.set_weights([weight * factor for weight in last.get_weights()])
    model.save(f"{folder}/python_{name}.keras")
    write(f"python_{name}", model.predict(xs, verbose=0))
    lines = []
    model.summary(print_fn=lines.append)
    answer["summaries"][name] = "".join(lines).rstrip("\n")


keras.utils.set_random_seed(1)
train_and_save("feature_extraction", keras.Sequential([keras.Input((5, 5, 512)), *head()], name="model"), 1e-3, 0.002)

conv_base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(180, 180, 3), name="vgg16")
conv_base.load_weights(vgg16_weights)
conv_base.trainable = False
# As Thaw writes preprocess_input.
centre = layers.Conv2D(3, 1, name="preprocess_input", trainable=False)
pictures = keras.Input((180, 180, 3), name="pictures")
x = layers.RandomFlip("horizontal", name="random_flip")(pictures)
x = layers.RandomRotation(0.1, name="random_rotation")(x)
x = layers.RandomZoom(0.2, name="random_zoom")(x)
x = conv_base(centre(x))
centre.set_weights([np.eye(3)[::-1].reshape(1, 1, 3, 3), np.array([-103.939, -116.779, -123.68])])
for layer in head():
    x = layer(x)
model = keras.Model(pictures, x, name="model")
train_and_save("data_augmentation", model, 1e-3, 0.002)

conv_base.trainable = True
for layer in conv_base.layers[:-4]:
    layer.trainable = False
train_and_save("fine_tuning", model, 1e-5, 1)

# The same layers with Python's own preprocess_input, which is no layer but operations on channels.
centred = keras.applications.vgg16.preprocess_input(model.get_layer("random_zoom").output)
x = conv_base(centred)
for name in ("flatten", "dense", "dropout", "dense_1"):
    x = model.get_layer(name)(x)
names["written_in_python"] = "pictures"
train_and_save("written_in_python", keras.Model(model.inputs, x, name="model"), 1e-5, 1)

with open(f"{folder}/answer.json", "w") as file:
    json.dump(answer, file)
