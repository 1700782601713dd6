"""Writes HDF5 files that say what isn't so, or point elsewhere, into the folder given: with h5py, as Keras itself writes."""

import os
import struct
import sys

import h5py
import numpy as np

folder = sys.argv[1]
outside = os.path.join(folder, "outside.bin")
np.arange(64, dtype="float32").tofile(outside)
other = os.path.join(folder, "other.h5")


def fill(file):
    for name, shapes in {"dense": [(3, 4), (4,)], "dense_1": [(4, 2), (2,)]}.items():
        variables = file.create_group(f"layers/{name}/vars")
        variables.attrs["name"] = {"dense": "first", "dense_1": "second"}[name]
        for index, shape in enumerate(shapes):
            variables[str(index)] = np.ones(shape, "float32")
    file["padding"] = np.ones(1000, "float32")


with h5py.File(other, "w") as file:
    fill(file)


def virtual(variables):
    layout = h5py.VirtualLayout((3, 4), "float32")
    layout[:] = h5py.VirtualSource(other, "/layers/dense/vars/0", shape=(3, 4))
    variables.create_virtual_dataset("0", layout)


def external_group(variables):
    del variables.file["layers"]
    variables.file["layers"] = h5py.ExternalLink(other, "/layers")


def soft_to_external(variables):
    variables.file["aside"] = h5py.ExternalLink(other, "/layers")
    variables["0"] = h5py.SoftLink("/aside/dense/vars/0")


def cycle(variables):
    variables["0"] = np.ones((3, 4), "float32")
    variables.file["layers/again"] = variables.file["layers"]


def many_paths(variables):
    variables["0"] = np.ones((3, 4), "float32")
    group = variables.file["layers"]
    for depth in range(60):
        inner = variables.file.create_group(f"inner{depth}")
        group["left"] = group["right"] = inner
        group = inner


def deep(variables):
    variables["0"] = np.ones((3, 4), "float32")
    variables.file.create_group("/".join(["layers"] * 3000))


def shared(variables):
    variables["0"] = np.ones((3, 4), "float32")
    large = variables.create_dataset("large", data=np.ones(100_000, "float32"))
    for index in range(1000):
        variables[f"large{index}"] = large


def dataset(*args, **kwargs):
    return lambda variables: variables.create_dataset("0", *args, **kwargs)


def bomb(variables):
    variables.create_dataset("0", (1_000_000_000,), "float32", chunks=(1_000_000,), compression="gzip")
    variables["0"][:100_000_000] = 0


def edge_chunk(variables):
    variables.create_dataset(
        "0", (3, 4), "float32", maxshape=(None, None), chunks=(20_000, 20_000), compression="gzip"
    )


def odd_bias(variables):
    datatype = h5py.h5t.IEEE_F32LE.copy()
    datatype.set_ebias(130)
    h5py.h5d.create(variables.id, b"0", datatype, h5py.h5s.create_simple((3, 4)))


def replaced(change):
    """What `change` puts in place of an array."""

    def write(path):
        with h5py.File(path, "w") as file:
            fill(file)
            variables = file["layers/dense/vars"]
            del variables["0"]
            change(variables)

    return write


def one_text(count, each):
    """Texts that HDF5 keeps apart, each of which says that it is the longest: a file of 2 MB holds gigabytes."""

    def write(path):
        with h5py.File(path, "w") as file:
            fill(file)
            variables = file["layers/dense/vars"]
            variables.attrs["long"] = "A" * 1_000_000
            for index in range(count):
                variables.attrs[f"text {index}"] = ["ZZZZ"] * each if each > 1 else "ZZZZ"
        with open(path, "rb") as file:
            content = bytearray(file.read())

        def references(length):
            found = content.find(struct.pack("<I", length))
            while 0 <= found <= len(content) - 16:
                (address,) = struct.unpack_from("<Q", content, found + 4)
                if content[address : address + 4] == b"GCOL":
                    yield found
                found = content.find(struct.pack("<I", length), found + 1)

        (long,) = references(1_000_000)
        for place in list(references(4)):
            content[place : place + 16] = content[long : long + 16]
        with open(path, "wb") as file:
            file.write(content)

    return write


WRITERS = {
    "one_text_in_3000_attributes": one_text(3000, 1),
    "one_text_3000_times_in_an_attribute": one_text(1, 3000),
    "odd_bias": replaced(odd_bias),
    "external_storage": replaced(dataset((3, 4), "float32", external=[(outside, 0, 48)])),
    "external_link": replaced(lambda variables: variables.__setitem__("0", h5py.ExternalLink(other, "/padding"))),
    "external_group": replaced(external_group),
    "external_missing": replaced(lambda variables: variables.__setitem__("0", h5py.ExternalLink("no.h5", "/x"))),
    "soft_to_external": replaced(soft_to_external),
    "soft_to_nothing": replaced(lambda variables: variables.__setitem__("0", h5py.SoftLink("/nothing"))),
    "soft_to_itself": replaced(lambda variables: variables.__setitem__("0", h5py.SoftLink("/layers/dense/vars/0"))),
    "virtual": replaced(virtual),
    "cycle": replaced(cycle),
    "many_paths": replaced(many_paths),
    "deep_groups": replaced(deep),
    "one_array_a_thousand_times": replaced(shared),
    "ten_gigabytes_never_written": replaced(dataset((50_000, 50_000), "float32")),
    "ten_gigabytes_in_chunks": replaced(dataset((50_000, 50_000), "float32", chunks=(1000, 1000))),
    "gigabytes_of_zeros": replaced(bomb),
    "huge_chunk": replaced(edge_chunk),
    "huge_shape": replaced(dataset((2**40, 2**20), "float32", chunks=(1024, 1024))),
    "texts": replaced(dataset(data=["a"] * 12)),
    "records": replaced(dataset((3, 4), np.dtype([("a", "float32"), ("b", "int32")]))),
    "halves": replaced(dataset((3, 4), "float16")),
    "references": replaced(dataset((12,), h5py.ref_dtype)),
    "nothing": replaced(dataset(dtype="float32", data=h5py.Empty("float32"))),
    "complex": replaced(dataset((3, 4), "complex64")),
    "many_dimensions": replaced(dataset((1,) * 32, "float32")),
    "group_for_array": replaced(lambda variables: variables.create_group("0")),
    "type_for_array": replaced(lambda variables: variables.__setitem__("0", np.dtype("float32"))),
    "no_array": replaced(lambda variables: None),
    "numbered_wrong": replaced(lambda variables: variables.create_dataset("2", (3, 4), "float32")),
}

for name, write in WRITERS.items():
    write(os.path.join(folder, f"{name}.weights.h5"))
