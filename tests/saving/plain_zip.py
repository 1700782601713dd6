"""Writes zips of two members in the ways that Python has, and damages them, into the folder given; and the members that
Python reads of each into read.json: null where it reads none."""

import io
import json
import os
import random
import struct
import sys
import zipfile

folder = sys.argv[1]
count = int(sys.argv[2])
rng = random.Random(20)
MEMBERS = {"metadata.json": b"{}", "config.json": b'{"name": "good"}' * 20, "model.weights.h5": bytes(range(256)) * 4}
MARKS = [b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08"]


class Stream(io.RawIOBase):
    """Where nothing can be written anew, so that sizes come after their members."""

    def __init__(self):
        self.bytes = b""

    def writable(self):
        return True

    def write(self, more):
        self.bytes += bytes(more)
        return len(more)


def written(compression, streamed=False, large=False, comment=b"", more=()):
    target = Stream() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in MEMBERS.items():
            with archive.open(name, "w", force_zip64=large) as member:
                member.write(content)
        for name in more:
            archive.writestr(name, b"")
        archive.comment = comment
    return target.bytes if streamed else target.getvalue()


def with_large_end(archive):
    """The same with the two records that a zip of many members ends in."""
    count, length, start = struct.unpack("<HII", archive[-12:-2])
    large = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(archive) - 22, 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return archive[:-22] + large + locator + end


stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
good = {
    "stored": written(stored),
    "deflated": written(deflated),
    "streamed": written(deflated, streamed=True),
    "streamed_stored": written(stored, streamed=True),
    "large": written(stored, large=True),
    "streamed_large": written(deflated, streamed=True, large=True),
    "large_end": with_large_end(written(stored)),
    "comment": written(stored, comment=b"a comment"),
    "folders": written(stored, more=["assets/", "assets/vocabulary.txt", "été.txt"]),
}


def damaged(archive):
    changed = bytearray(archive)
    marks = [at for at in range(len(archive)) if archive[at : at + 4] in MARKS]
    for _ in range(rng.choice([1, 1, 2])):
        kind, mark = rng.randrange(7), rng.choice(marks)
        at = mark + rng.randrange(4, 56)
        if kind < 3 and at < len(changed):
            changed[at] = rng.choice([0, 1, 8, 0xFF, changed[at] ^ (1 << rng.randrange(8))])
        elif kind == 3 and at + 8 < len(changed):
            number = rng.choice([0, 1, len(changed), 2**32 - 1, 2**63, rng.choice(marks)])
            struct.pack_into("<Q", changed, at, number)
        elif kind == 4:
            place = rng.choice([0, len(changed), rng.randrange(len(changed))])
            changed[place:place] = rng.choice([b"\0", b"MZ", b"PK\5\6" + bytes(18), archive[-22:], archive[mark : mark + 46]])
        elif kind == 5:
            place = rng.randrange(len(changed))
            del changed[place : place + rng.randrange(1, 20)]
        elif kind == 6:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def read(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name).decode("latin1") for name in ("config.json", "model.weights.h5")]
    except Exception:
        return None


files = {**good, **{str(index): damaged(rng.choice(list(good.values()))) for index in range(count)}}
result = {}
for name, content in files.items():
    path = os.path.join(folder, f"{name}.zip")
    with open(path, "wb") as file:
        file.write(content)
    result[f"{name}.zip"] = read(path)
with open(os.path.join(folder, "read.json"), "w") as file:
    json.dump({"good": [f"{name}.zip" for name in good], "read": result}, file)
