"""Writes the files beside it, small ones of every kind that the readers of arrays meet: python3 make_files.py
The tests read them and need no Python. Needs NumPy; its own reader is asked whether it reads what it should."""

import gzip
import io
import json
import pathlib
import struct
import zipfile

import numpy as np

here = pathlib.Path(__file__).parent
NUMBERS = np.arange(12).reshape(3, 4) / 2  # 0 to 5.5


def put(name, content):
    (here / name).write_bytes(content)


def npy(header, data, version=b"\x01\x00"):
    header = header.encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + data


# .npy: one file of every type, and spellings that other writers than NumPy use.
numeric = {}
for kind in "b1 i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8 c8".split():
    values = np.array([0, 1, 1] if kind == "b1" else [0, 1, 100] if kind[0] == "u" else [-1, 0, 100])
    for order in "<>":
        numeric[("little_" if order == "<" else "big_") + kind] = values.astype(order + kind)
numeric["complex"] = np.array([1 + 2j], "c8")
np.savez(here / "types.npz", **numeric)


def spelled(name, descr, values, shape="(3,)", data=None):
    content = npy("{'descr': %s, 'fortran_order': False, 'shape': %s}" % (descr, shape),
                  data if data is not None else values.tobytes())
    assert (np.load(io.BytesIO(content)).ravel() == values.ravel()).all()
    put(f"{name}.npy", content)


spelled("python_2", "'<f8'", NUMBERS, "(3L, 4L)")
spelled("order_of_a_byte", "'<u1'", np.array([1, 2, 255], "u1"))
spelled("order_of_a_signed_byte", "'>i1'", np.array([1, 2, -1], "i1"))
spelled("order_of_a_bool", "'<b1'", np.array([False, True, True]))
spelled("native", "'=f4'", np.array([1, 2, 3], "f4"))
spelled("word", "'float32'", np.array([1, 2, 3], "f4"))
spelled("bool_above_one", "'|b1'", np.array([False, True, True]), data=bytes([0, 1, 2]))
put("double_quotes.npy", npy('{"descr": "<f4", "fortran_order": False, "shape": (2,)}', np.float32([1, 2]).tobytes()))

# .npz: members that are no numbers, beside one that is.
np.savez(here / "with_others.npz", w=NUMBERS, text=np.array(["a", "bc"]), objects=np.array([{}, None], object),
         records=np.zeros(2, [("a", "<f4"), ("b", "<i4", 3)]), dates=np.array(["2019-01-01"], "datetime64[D]"),
         wide=np.zeros(3, np.longdouble), wide_complex=np.zeros(2, np.complex128))
with zipfile.ZipFile(here / "with_others.npz", "a") as archive:
    archive.writestr("README.txt", "no array\n")
    archive.writestr("bare", npy("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", struct.pack("<d", 7)))
assert np.load(here / "with_others.npz", allow_pickle=True)["bare"] == 7


def zip64(name, array, deflated=False):
    """An archive all of whose sizes and offsets stand in the records of the 64-bit extension."""
    content = io.BytesIO()
    np.save(content, array)
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED if deflated else 0) as archive:
        archive.writestr(name + ".npy", content.getvalue())
    info = zipfile.ZipFile(plain).getinfo(name + ".npy")
    plain = plain.getvalue()
    at = plain.index(b"PK\x01\x02")
    entry = bytearray(plain[at:plain.index(b"PK\x05\x06")])
    entry[20:28], entry[42:46], entry[30:32] = b"\xff" * 8, b"\xff" * 4, struct.pack("<H", 9 + 28)
    entry += struct.pack("<HH5sHHQQQ", 0x5455, 5, bytes(5), 1, 24, info.file_size, info.compress_size, 0)
    record = struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, 1, 1, len(entry), at)
    locator = struct.pack("<IIQI", 0x07064b50, 0, at + len(entry), 1)
    end = struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    return plain[:at] + bytes(entry) + record + locator + end


for name, deflated in ("zip64", False), ("zip64_deflated", True):
    put(f"{name}.npz", zip64("w", NUMBERS, deflated))
    assert (np.load(here / f"{name}.npz")["w"] == NUMBERS).all()


def safetensors(arrays, metadata={}):
    """`arrays`: name: (type, shape, bytes)."""
    header, data = dict(metadata), b""
    for name, (kind, shape, content) in arrays.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()  # writes what is not ASCII as \\u, in surrogate pairs
    return struct.pack("<Q", len(text)) + text + data


W = {"w": ("F32", [2, 3], np.arange(6, dtype="<f4").tobytes())}
put("metadata_null.safetensors", safetensors(W, {"__metadata__": None}))
put("metadata_emoji.safetensors", safetensors({"\U0001f600": W["w"]}, {"__metadata__": {"who": "\U0001f9e0"}}))
one = {"BOOL": "?", "U8": "u1", "I8": "i1", "I16": "<i2", "U16": "<u2", "I32": "<i4", "U32": "<u4", "I64": "<i8",
       "U64": "<u8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<c8"}
arrays = {kind: (kind, [2], np.array([0, 1]).astype(descr).tobytes()) for kind, descr in one.items()}
# bfloat16 is the upper half of float32: 1, -2.5, 3.140625, 2^-133 (denormal), infinity, NaN.
arrays["BF16"] = ("BF16", [6], struct.pack("<6H", 0x3f80, 0xc020, 0x4049, 0x0001, 0x7f80, 0x7fc0))
arrays["F8"] = ("F8_E4M3", [4], bytes(4))
arrays["F4"] = ("F4", [4], bytes(2))  # two elements a byte
put("types.safetensors", safetensors(arrays))

# gzip: two members one after the other, and zeros behind them, as tar's blocks leave.
idx = struct.pack(">II", 2049, 5) + bytes([0, 1, 2, 1, 9])
put("two_members.gz", gzip.compress(idx[:6], mtime=0) + gzip.compress(idx[6:], mtime=0))
put("padded.gz", gzip.compress(idx, mtime=0) + bytes(100))
