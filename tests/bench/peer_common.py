"""What the peers share: images, the engine's random numbers, the line they print.

The engine's numbers are Philox4x32-10 (Salmon et al., SC 2011) with key = seed and counter = (index, epoch, layer,
purpose), as engine/base/rng.h says. A peer that draws them starts from the engine's own weights and wrong labels, so
that its losses have to be the engine's.
"""
import argparse
import gzip
import json
import os
import pathlib
import resource
import time

import numpy as np

WEIGHT, BIAS, SHUFFLE, NEGATIVE, DRAW = 1, 2, 3, 4, 12  # enum ff_purpose
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


# ---- options ----

def parser_of(doc, **defaults):
    """The options of every peer; net, epochs and images have its defaults."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", help="widths of the layers behind the image")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--images", type=int)
    parser.add_argument("--data", default="mnist", help="a dataset's name, or the folder of its IDX files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--same", action="store_true", help="draw the engine's random numbers")
    parser.add_argument("--weights", help="save the trained weights here (.npz)")
    parser.set_defaults(**defaults)
    return parser


# ---- images ----

def folder_of(name):
    """Where a dataset lies, as engine/data/search.c looks for it; a folder is taken as it is."""
    if "/" in name:
        return pathlib.Path(name)
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    named = [folder for folder in os.environ.get("FFENGINE_DATA", "").split(":") if folder]
    places = [place for folder in named for place in (f"{folder}/{name}", folder)]
    for place in [*places, f"{cache}/ffengine/{name}", f"/usr/share/datasets/{name}"]:
        path = pathlib.Path(place)
        if any(path.glob("train-images-idx3-ubyte*")):
            return path
    raise FileNotFoundError(f"no {name}; ffengine data fetch {name}")


def read_idx(folder, part):
    """The array of an IDX file of bytes, plain or .gz."""
    path = pathlib.Path(folder) / part
    data = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    if data[:3] != b"\0\0\x08" or len(data) != 4 + 4 * len(shape) + np.prod(shape):
        raise ValueError(f"{path} is no IDX file of bytes")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def training_images(folder, n):
    """The first n images [n x I] and labels [n], as bytes."""
    images = read_idx(folder, "train-images-idx3-ubyte")
    labels = read_idx(folder, "train-labels-idx1-ubyte")
    return images.reshape(len(images), -1)[:n], labels[:n].astype(np.int64)


# ---- the engine's random numbers ----

def philox(seed, purpose, layer, epoch, index):
    """Words 0 and 1 of the numbers at `index` [n]."""
    index = np.asarray(index, np.uint64)
    key = [np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)]
    c = [index & LOW, np.full_like(index, epoch), np.full_like(index, layer), np.full_like(index, purpose)]
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(b >> HALF) ^ c[1] ^ key[0], b & LOW, (a >> HALF) ^ c[3] ^ key[1], a & LOW]
        key = [(key[0] + np.uint64(0x9E3779B9)) & LOW, (key[1] + np.uint64(0xBB67AE85)) & LOW]
    return c[0], c[1]


def unit(word):
    return (word.astype(np.float64) + 1) / 2**32


def below(words, n):
    n = np.asarray(n, np.uint64)
    return ((words[1] * n + (words[0] * n >> HALF)) >> HALF).astype(np.int64)


def initial_layer(seed, layer, inputs, outputs, uniform):
    """W [I x O] and b [O] as ff_layer_init() draws them."""
    def values(purpose, n):
        words = philox(seed, purpose, layer, 0, np.arange(n))
        if uniform:
            return 2 * unit(words[0]) - 1
        return np.sqrt(-2 * np.log(unit(words[0]))) * np.cos(6.283185307179586 * unit(words[1]))

    scale = 1 / np.sqrt(inputs)
    weight = (scale * values(WEIGHT, inputs * outputs)).astype(np.float32).reshape(inputs, outputs)
    bias = scale * values(BIAS, outputs) if uniform else np.zeros(outputs)
    return weight, bias.astype(np.float32)


def wrong_labels(seed, labels, draw, classes=10):
    step = 1 + below(philox(seed, NEGATIVE, 0, draw, np.arange(len(labels))), classes - 1)
    return (labels + step) % classes


def shuffled(seed, epoch, n):
    """The epoch's order (Fisher & Yates)."""
    order = list(range(n))
    last = np.arange(n)
    swap = below(philox(seed, SHUFFLE, 0, epoch, last), last + 1)
    for i in range(n - 1, 0, -1):
        j = swap[i]
        order[i], order[j] = order[j], order[i]
    return np.array(order)


# ---- what a peer prints ----

def blas_libraries():
    """The libraries of matrix products in this process."""
    words = ("blas", "blis", "mkl", "dnnl")
    with open("/proc/self/maps") as maps:
        paths = {os.path.realpath(line.split()[-1]) for line in maps if "/lib" in line and ".so" in line}
    return sorted(os.path.basename(path) for path in paths if any(word in os.path.basename(path) for word in words))


def finish(started, weights_file, weights, **line):
    """Prints the line of JSON; saves {name: array} to the file, if one is wanted."""
    if weights_file:
        np.savez(weights_file, **weights())
    print(json.dumps({**line, "blas": blas_libraries(), "process_seconds": time.perf_counter() - started,
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
