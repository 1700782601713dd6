"""Evaluates in Python Keras the models that losses.keras.test.ts has saved anew."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras
import numpy as np

folder = sys.argv[1]
answers = json.load(open(f"{folder}/answers.json"))
evaluated = {}
for name, answer in answers["models"].items():
    ys = [np.array(answers["labels"][each]) for each in answer["labels"].split()]
    for extension in ("keras", "h5"):
        model = keras.models.load_model(f"{folder}/thaw_{name}.{extension}")
        data = (np.array(answers["xs"], "float32"), ys if len(ys) > 1 else ys[0])
        evaluated[f"{name}.{extension}"] = model.evaluate(
            *data, batch_size=answer["batch_size"], verbose=0, return_dict=True
        )
json.dump(evaluated, open(f"{folder}/opened.json", "w"))
