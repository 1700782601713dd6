"""Decodes predictions with Keras and prints as JSON what it gives, its error for a wrong shape, and the file it asks for.

Arguments: a file of predictions, and the folder in which Keras is to find its files.
"""

import json
import sys

import numpy as np
from keras.applications.imagenet_utils import decode_predictions
from keras.src.utils import file_utils

asked = []
get_file = file_utils.get_file


def get_and_note(*args, **kwargs):
    asked.append([args[1], kwargs["file_hash"]])
    return get_file(*args, cache_dir=sys.argv[2], **kwargs)


file_utils.get_file = get_and_note

predictions = np.fromfile(sys.argv[1], "float32").reshape(-1, 1000)
decoded = [decode_predictions(predictions, top=top) for top in (5, 3)]
try:
    decode_predictions(predictions[:, :10])
except ValueError as error:
    message = str(error)
print(json.dumps({"decoded": decoded, "message": message, "asked": asked[0]}, default=float))
