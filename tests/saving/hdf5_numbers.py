"""Writes the first array of a small model's weights with every type of number that HDF5 has, into the folder given, and
what h5py reads of each into expected.json: null where the type is none of IEEE's floats and whole integers."""

import json
import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]
SHAPE = (3, 4)
floats = np.arange(12, dtype="float64").reshape(SHAPE) / 8 - 0.5
integers = np.arange(12).reshape(SHAPE) * 3
expected = {}


def low_level(base, change, values):
    """An array of a type that numpy has no name for: `base` after `change`."""

    def write(variables):
        datatype = base.copy()
        change(datatype)
        space = h5py.h5s.create_simple(SHAPE)
        dataset = h5py.h5d.create(variables.id, b"0", datatype, space)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(values))

    return write


def named(dtype, values):
    return lambda variables: variables.create_dataset("0", data=np.asarray(values).astype(dtype))


def committed(variables):
    variables.file["type"] = np.dtype("float32")
    variables.create_dataset("0", SHAPE, dtype=variables.file["type"])


def with_attributes(variables):
    """A header that goes on elsewhere in the file."""
    dataset = variables.create_dataset("0", data=floats.astype("float32"))
    other = variables.create_dataset("other", data=np.ones(4, "float32"))
    for index in range(40):
        dataset.attrs[f"attribute {index}"] = "x" * 100
        other.attrs[f"attribute {index}"] = "x" * 100
    del variables["other"]


def odd_then_continued(variables):
    low_level(h5py.h5t.IEEE_F32LE, lambda datatype: datatype.set_ebias(130), floats.astype("float32"))(variables)
    for index in range(40):
        variables["0"].attrs[f"attribute {index}"] = "x" * 100


def two_bytes_of_mantissa_less(datatype):
    datatype.set_fields(31, 20, 11, 0, 20)
    datatype.set_ebias(1023)


def moved(datatype):
    datatype.set_fields(23, 15, 8, 0, 15)
    datatype.set_precision(24)
    datatype.set_offset(8)


RIGHT = {
    **{f"float{order}{size}": named(f"{order}f{size}", floats) for order in "<>" for size in (4, 8)},
    **{
        f"{kind}{order}{size}": named(f"{order}{kind}{size}", integers)
        for kind in "iu"
        for order in "<>"
        for size in (1, 2, 4, 8)
    },
    "many_attributes": with_attributes,
    "chunks": lambda variables: variables.create_dataset("0", data=floats.astype(">f4"), chunks=(2, 3)),
    "fill": lambda variables: variables.create_dataset("0", SHAPE, "float32", fillvalue=7.5),
    "times": lambda variables: variables.create_dataset("0", data=floats.astype("float32"), track_times=True),
}
F32, F64, I32 = h5py.h5t.IEEE_F32LE, h5py.h5t.IEEE_F64LE, h5py.h5t.STD_I32LE
single, whole = floats.astype("float32"), integers.astype("int32")
WRONG = {
    "half": named("float16", floats),
    "bias": low_level(F32, lambda datatype: datatype.set_ebias(130), single),
    "bias_of_0": low_level(F32, lambda datatype: datatype.set_ebias(0), single),
    "bias_big_endian": low_level(h5py.h5t.IEEE_F32BE, lambda datatype: datatype.set_ebias(130), single),
    "bias_of_doubles": low_level(F64, lambda datatype: datatype.set_ebias(1024), floats),
    "fields": low_level(F32, two_bytes_of_mantissa_less, single),
    "moved": low_level(F32, moved, single),
    "not_normalized": low_level(F32, lambda datatype: datatype.set_norm(h5py.h5t.NORM_NONE), single),
    "order_of_vax": low_level(F32, lambda datatype: datatype.set_order(h5py.h5t.ORDER_VAX), single),
    "integers_of_16_bits": low_level(I32, lambda datatype: datatype.set_precision(16), whole),
    "integers_moved": low_level(I32, lambda datatype: (datatype.set_precision(16), datatype.set_offset(8)), whole),
    "bits": lambda variables: h5py.h5d.create(
        variables.id, b"0", h5py.h5t.STD_B32LE, h5py.h5s.create_simple(SHAPE)
    ),
    "booleans": named("bool", integers > 4),
    "choices": lambda variables: variables.create_dataset(
        "0", data=integers % 2, dtype=h5py.enum_dtype({"A": 0, "B": 1}, "i4")
    ),
    "records": named([("a", "f4")], np.zeros(SHAPE, [("a", "f4")])),
    "blobs": named("V4", np.zeros(SHAPE, "V4")),
    "rows": lambda variables: variables.create_dataset("0", (3,), np.dtype(("f4", (4,)))),
    "lists": lambda variables: variables.create_dataset("0", SHAPE, h5py.vlen_dtype("f4")),
    "complex": named("complex64", floats),
    "long_doubles": named("longdouble", floats),
    "committed": committed,
    "bias_many_attributes": odd_then_continued,
}

for libver in ("earliest", "latest"):
    for name, write in {**RIGHT, **WRONG}.items():
        if libver == "latest" and name in WRONG and not name.startswith("bias"):
            continue  # The header is another, the type in it the same.
        file_name = f"{name.replace('<', '_little').replace('>', '_big')}_{libver}.weights.h5"
        with h5py.File(os.path.join(folder, file_name), "w", libver=libver) as file:
            for layer, shapes in {"dense": [SHAPE, (4,)], "dense_1": [(4, 2), (2,)]}.items():
                variables = file.create_group(f"layers/{layer}/vars")
                variables.attrs["name"] = {"dense": "first", "dense_1": "second"}[layer]
                for index, shape in enumerate(shapes):
                    if (layer, index) == ("dense", 0):
                        write(variables)
                    else:
                        variables.create_dataset(str(index), data=np.ones(shape, "float32"))
            file["padding"] = np.ones(1000, "float32")
        with h5py.File(os.path.join(folder, file_name)) as file:
            array = file["layers/dense/vars/0"]
            right = name in RIGHT
            expected[file_name] = np.asarray(array[()], "float32").ravel().tolist() if right else None

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file)
