"""How Keras evaluates a model and trains it on, without dropout, as JSON.

Arguments: the model, a folder with its pictures and labels, and how many epochs.
"""

import json
import sys

import keras
import numpy as np

MODEL, FOLDER, EPOCHS = sys.argv[1:]
pictures = np.fromfile(f"{FOLDER}/pictures.bin", "float32").reshape(-1, 150, 150, 3)
labels = np.fromfile(f"{FOLDER}/labels.bin", "float32").reshape(-1, 6)
model = keras.models.load_model(MODEL)
evaluated = model.evaluate(pictures, labels, verbose=0)
model.get_layer("dropout").rate = 0.0
history = model.fit(pictures, labels, epochs=int(EPOCHS), shuffle=False, verbose=0).history
trained = history["loss"] + model.evaluate(pictures, labels, verbose=0)[:1]
print(json.dumps({"evaluated": evaluated, "trained": trained, "accuracies": history["accuracy"]}))
