"""Writes the seed corpus of the fuzz targets, tests/fuzz/corpus, with NumPy and the standard library: files of
other people's making. Needs to be run again only when a format gains something new: python3 make_corpus.py"""

import gzip
import io
import json
import pathlib
import struct
import zipfile
import zlib

import numpy as np

corpus = pathlib.Path(__file__).parent / "corpus"


def put(name, content):
    path = corpus / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def saved(function, *arguments, **named):
    file = io.BytesIO()
    function(file, *arguments, **named)
    return file.getvalue()


grid = np.arange(12, dtype="<f8").reshape(3, 4) / 8
for kind in "u1", "i4", "i8", "u8", "f2", "f4", "f8", "b1":
    put(f"npy/{kind}.npy", saved(np.save, np.arange(5).astype(kind)))
put("npy/matrix.npy", saved(np.save, grid))
put("npy/fortran.npy", saved(np.save, np.asfortranarray(grid)))
put("npy/fortran3.npy", saved(np.save, np.asfortranarray(np.arange(24, dtype="<i4").reshape(2, 3, 4))))
put("npy/scalar.npy", saved(np.save, np.float32(2.5)))
put("npy/empty.npy", saved(np.save, np.zeros((0, 3))))
put("npy/version2.npy", saved(lambda f, a: np.lib.format.write_array(f, a, version=(2, 0)), grid))
put("npy/big_endian.npy", saved(np.save, grid.astype(">f4")))
put("npy/structured.npy", saved(np.save, np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])))

put("npz/stored.npz", saved(np.savez, weight=grid, bias=np.float32([1, 2])))
put("npz/deflated.npz", saved(np.savez_compressed, weight=np.zeros((8, 8)), bias=np.float32([1, 2])))
put("npz/empty.npz", saved(np.savez))


files = pathlib.Path(__file__).parent.parent / "files"  # made by make_files.py there
for name in "types.npz", "with_others.npz", "zip64.npz", "zip64_deflated.npz":
    put(f"npz/{name}", (files / name).read_bytes())
for name in "types.safetensors", "metadata_null.safetensors", "metadata_emoji.safetensors":
    put(f"safetensors/{name}", (files / name).read_bytes())
for name in "python_2.npy", "double_quotes.npy", "word.npy", "bool_above_one.npy":
    put(f"npy/{name}", (files / name).read_bytes())
put("idx/two_members.gz", (files / "two_members.gz").read_bytes())


networks = pathlib.Path(__file__).parent.parent / "pytorch" / "state_dicts"  # made by make_other_files.py there
for name in "gru.pt", "gru_module.pt", "tensors.pt", "nested.pt", "gru_script.pt", "malice_within.pt":
    with zipfile.ZipFile(networks / name) as archive:
        pickle = next(member for member in archive.namelist() if member.endswith("data.pkl"))
        put(f"pytorch_file/{name[:-3]}", archive.read(pickle))
put("pytorch_file/archive.pt", (networks / "nested.pt").read_bytes())


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


weight = np.arange(6, dtype="<f4").tobytes()
entry = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
put("safetensors/one.safetensors", safetensors({"weight_ih_l0": entry}, weight))
put("safetensors/two.safetensors", safetensors({
    "__metadata__": {"format": "pt"}, "b\u00e9\n": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]},
    "weight": entry, "none": {"dtype": "F16", "shape": [0], "data_offsets": [24, 24]}}, weight + bytes(8)))
put("safetensors/overlap.safetensors", safetensors({"a": entry, "b": entry}, weight))
put("safetensors/nested.safetensors", struct.pack("<Q", 1000) + b"[" * 1000)
put("safetensors/huge.safetensors", struct.pack("<Q", 2**63) + b"{}")



def numbers_in(shapes):
    """Single-precision arrays of the shapes, by their names."""
    header, data = {}, b""
    for name, shape in shapes.items():
        numbers = (np.arange(np.prod(shape), dtype="<f4") / 8 - 0.5).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(numbers)]}
        data += numbers
    return safetensors(header, data)


def state_dict(gates, layers=1, biases=True):
    """A recurrent module of two units and one input with a linear readout, as PyTorch saves it."""
    shapes = {}
    for layer in range(layers):
        shapes[f"rnn.weight_ih_l{layer}"] = [2 * gates, 2 if layer else 1]
        shapes[f"rnn.weight_hh_l{layer}"] = [2 * gates, 2]
        if biases:
            shapes[f"rnn.bias_ih_l{layer}"] = shapes[f"rnn.bias_hh_l{layer}"] = [2 * gates]
    return numbers_in(shapes | {"readout.weight": [1, 2], "readout.bias": [1]})


def weights(gates):
    """A network of two inputs, two units and one output, as save_weights saves it."""
    return numbers_in({"input": [2, 2 * gates], "bias": [1, 2 * gates], "recurrent": [2, 2 * gates],
                       "recurrent_bias": [1, 0], "readout": [2, 1], "readout_bias": [1, 1]})


put("pytorch/rnn", state_dict(1))
put("pytorch/gru", state_dict(3))
put("pytorch/lstm_without_biases", state_dict(4, biases=False))
put("pytorch/lstm_2", state_dict(4, layers=2))
put("weights/elman", weights(1))
put("weights/gru", weights(3))

images = struct.pack(">IIII", 2051, 2, 3, 4) + bytes(range(24))
labels = struct.pack(">II", 2049, 5) + bytes([0, 1, 2, 1, 9])
put("idx/images", images)
put("idx/labels", labels)
put("idx/images.gz", gzip.compress(images, mtime=0))
put("idx/labels.gz", gzip.compress(labels, mtime=0))
put("idx/overflow", struct.pack(">I", 0x0804) + b"\xff" * 16)
put("idx/bomb.gz", gzip.compress(struct.pack(">II", 2049, 10) + bytes(1 << 20), mtime=0))



def deflated(content, level):
    pack = zlib.compressobj(level, zlib.DEFLATED, -15)
    return pack.compress(content) + pack.flush()


put("inflate/text", deflated(b"slow points and fixed points", 9))
put("inflate/stored", deflated(bytes(range(100)), 0))
put("inflate/zeros", deflated(bytes(200000), 9))

put("cifar10/one.bin", bytes([3]) + bytes(range(256)) * 12)

# Checkpoints, whose checksums the fuzz targets put right.


def checkpoint(**arrays):
    return saved(np.savez, engram_checkpoint=np.uint32(2), **arrays)


put("checkpoint/two.engram", checkpoint(w=np.array([0.5, -1]), step=np.uint64(77)))
put("checkpoint/none.engram", checkpoint())


def text(letters):
    return np.frombuffer(letters, dtype="u1")


def run(step):
    """The run of small_run.hpp after some updates."""
    layout = b"input 2x2\nbias 1x2\nrecurrent 2x2\nrecurrent_bias 1x0\nreadout 2x1\nreadout_bias 1x1\n"
    network = b"N6engram17recurrent_networkINS_5elmanIdNS_11activations4tanhEEENS_12no_front_endEEE"
    optimizer = b"N6engram4adamE"
    history = np.array([[i + 1, 0.5, 0.25] for i in range(step)], dtype="<f8").reshape(-1, 3)
    return checkpoint(clip_norm=np.float64(0), averaging=np.float64(0), history=history, layout=text(layout),
                      slots=np.zeros((2, 13)), network=text(network), optimizer=text(optimizer),
                      parameters=np.arange(13) / 8 - 0.5, run=np.array([5, 2, 7, 64], dtype="<u8"),
                      step=np.array([step], dtype="<u8"))


put("resume/begun", run(2))
put("resume/new", run(0))
put("resume/finished", run(5))
