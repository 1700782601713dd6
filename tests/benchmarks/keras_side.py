"""Python Keras's side of the benchmark: each line on standard input is a task in JSON, answered with JSON.

The chapter is as its authors wrote it: `fit` on the end-to-end model, on datasets from folders.
"""

import json
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras.applications import mobilenet_v2, vgg16

SIZE = (180, 180)
state = {}


def timed(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def versions():
    return {"keras": keras.__version__, "tensorflow": tf.__version__}


# What the machine can do.


def matrix_product(size):
    a = state.setdefault("a", tf.random.uniform((size, size)))
    product = state.setdefault("matmul", tf.function(lambda: tf.matmul(a, a)))
    return timed(lambda: product()[0, 0].numpy())


def convolution(shape, filters):
    x = state.setdefault("x", tf.random.uniform(shape))
    kernel = state.setdefault("kernel", tf.random.uniform((3, 3, shape[-1], filters)))
    convolve = state.setdefault("conv", tf.function(lambda: tf.nn.conv2d(x, kernel, 1, "SAME")))
    return timed(lambda: convolve()[0, 0, 0, 0].numpy())


# Reading.


def pictures_in(directory, batch_size=32, **options):
    return keras.utils.image_dataset_from_directory(
        directory, image_size=SIZE, batch_size=batch_size, shuffle=False, verbose=False, **options
    )


def read(directory, batch_size):
    if state.get("directory") != directory:
        state.update(directory=directory, dataset=pictures_in(directory, batch_size, labels=None))

    def walk():
        for images in state["dataset"]:
            images[0, 0, 0, 0].numpy()

    return timed(walk)


# Predicting.


def floats(path, shape):
    return np.fromfile(path, "float32").reshape(shape)


def take_pictures(folder, pictures):
    state["pictures"] = floats(f"{folder}/pictures", (pictures, *SIZE, 3))


def prepare_network(network, weights, folder):
    """Makes a network. Without a file of weights, draws them at random, moving statistics too, and saves them."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = getattr(keras.applications, network)(weights=weights, include_top=False, input_shape=(*SIZE, 3))
    rng = np.random.default_rng(2)
    for layer in model.layers:
        if weights is None and isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.get_weights()])
    if weights is None:
        model.save_weights(f"{folder}/model.weights.h5")
    state["model"] = model


def save_outputs(folder, pictures):
    """What the network gives for the first pictures."""
    state["model"].predict(state["pictures"][:pictures], verbose=0).tofile(f"{folder}/outputs")


def predict(pictures, batch_size):
    return timed(lambda: state["model"].predict(state["pictures"][:pictures], batch_size=batch_size, verbose=0))


# Augmentation and single steps.


def augmentation():
    return keras.Sequential(
        [layers.RandomFlip("horizontal", seed=1), layers.RandomRotation(0.1, seed=1), layers.RandomZoom(0.2, seed=1)]
    )


def prepare_augmentation():
    x, model = tf.constant(state["pictures"]), augmentation()
    state["augment"] = tf.function(lambda: model(x, training=True))


def augment():
    return timed(lambda: state["augment"]()[0, 0, 0, 0].numpy())


def with_head(inputs, x):
    x = layers.Flatten()(x)
    x = layers.Dense(256)(x)
    x = layers.Dropout(0.5, seed=1)(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def compiled(model, learning_rate):
    model.compile(keras.optimizers.RMSprop(learning_rate), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def prepare_step(weights, first, batch_size):
    """The part of VGG16 with a head from the layer `first` on, all of it to train; from the head on where that is None."""
    keras.backend.clear_session()
    base = vgg16.VGG16(weights=weights, include_top=False, input_shape=(*SIZE, 3))
    names = [layer.name for layer in base.layers]
    chain = base.layers[names.index(first) :] if first else []
    inputs = keras.Input((chain[0].input if chain else base.output).shape[1:])
    x = inputs
    for layer in chain:
        x = layer(x)
    state["step"] = compiled(with_head(inputs, x), 1e-5)
    rng = np.random.default_rng(1)
    state["x"] = rng.uniform(0, 1, (batch_size, *inputs.shape[1:])).astype("float32")
    state["y"] = rng.integers(0, 2, (batch_size, 1)).astype("float32")


def step():
    return timed(lambda: state["step"].train_on_batch(state["x"], state["y"]))


# The chapter.


def prepare_chapter(weights, train, validation, stage):
    keras.utils.set_random_seed(1)
    conv_base = vgg16.VGG16(weights=weights, include_top=False, input_shape=(*SIZE, 3))
    conv_base.trainable = stage == 3
    for layer in conv_base.layers[:-4]:
        layer.trainable = False
    inputs = keras.Input((*SIZE, 3))
    x = vgg16.preprocess_input(augmentation()(inputs))
    state["model"] = compiled(with_head(inputs, conv_base(x)), 0.001 if stage == 2 else 1e-5)
    state["train"] = pictures_in(train, label_mode="binary")
    state["validation"] = pictures_in(validation, label_mode="binary")


class EpochTime(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds = time.perf_counter() - self.start


def epoch(model, data, **options):
    """The seconds of one epoch, validation included; what `fit` does before and after is left out."""
    took = EpochTime()
    model.fit(*data, verbose=0, callbacks=[took], **options)
    return took.seconds


def warm_up():
    """Two steps, so that making the graph counts in no epoch."""
    state["model"].fit(state["train"], verbose=0, steps_per_epoch=2)
    state["model"].evaluate(state["validation"], verbose=0, steps=2)


def fit(validation):
    return epoch(state["model"], [state["train"]], **({"validation_data": state["validation"]} if validation else {}))


def features_of(directory, model, preprocess_input, batch_size, marks):
    """The seconds after which the features of so many pictures were there as each mark says."""
    model.predict(np.zeros((batch_size, *SIZE, 3)), verbose=0)  # making the graph does not count
    start, features, seconds = time.perf_counter(), [], []
    for images in pictures_in(directory, batch_size, labels=None):
        features.append(model.predict(preprocess_input(images), verbose=0))
        done = sum(map(len, features))
        seconds += [time.perf_counter() - start] if done in marks else []
    return seconds


def extract_by_marks(directory, batch_size, marks):
    return features_of(directory, state["model"], mobilenet_v2.preprocess_input, batch_size, marks)


def extract(weights, directory, pictures):
    if "base" not in state:
        state["base"] = vgg16.VGG16(weights=weights, include_top=False, input_shape=(*SIZE, 3))
    return features_of(directory, state["base"], vgg16.preprocess_input, 32, [pictures])[0]


def prepare_head(pictures, validation_pictures):
    inputs = keras.Input((5, 5, 512))
    state["head"] = compiled(with_head(inputs, inputs), 0.001)
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (pictures, 5, 5, 512)).astype("float32")
    y = rng.integers(0, 2, (pictures, 1)).astype("float32")
    state["data"] = [x, y]
    state["validation_data"] = (x[:validation_pictures], y[:validation_pictures])


def fit_head():
    return epoch(state["head"], state["data"], validation_data=state["validation_data"])


# Files, start-up and memory.


def save(filepath):
    return timed(lambda: state["model"].save(filepath))


def load(filepath):
    return timed(lambda: keras.models.load_model(filepath))


def first_prediction(weights, picture):
    model = vgg16.VGG16(weights=weights, include_top=False, input_shape=(*SIZE, 3))
    image = tf.io.decode_image(tf.io.read_file(picture), channels=3, expand_animations=False)
    x = vgg16.preprocess_input(tf.image.resize(image, SIZE)[None])
    return model.predict(x, verbose=0).size


def peak_memory():
    """Bytes (Linux). getrusage would count what the process that started this one had resident, too."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def peak_of_extract(weights, directory, pictures):
    extract(weights, directory, pictures)
    return peak_memory()


def peak_of_fine_tune(weights, directory):
    prepare_chapter(weights, directory, directory, 3)
    state["model"].fit(state["train"], verbose=0)
    return peak_memory()


for line in sys.stdin:
    message = json.loads(line)
    print(json.dumps(globals()[message["task"]](**message["args"])), flush=True)
