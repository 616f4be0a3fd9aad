#!/usr/bin/python3
"""ffengine beside what one would run instead: PyTorch for the seed's recipes, numpy for Hinton's.

First the peers are verified: from the engine's own random numbers they must come to its losses and weights. Then, for
each row, the BLAS and the number of threads with which the peer is fastest are found in short runs, and engine and peer
run in turn, as whole processes. Prints lines of JSON; ratios are the peer's seconds by ffengine's, medians over rounds.
Exit status 1, and no figures, if a peer's mathematics is not the engine's; 77 if Python's packages or the images are
missing.
"""
import argparse
import dataclasses
import glob
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
THREADS = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"
TOLERANCE = 2e-4  # of a loss, and of a layer's change: ten times what rounding gives
QUIET, PATIENCE = 0.05, 2  # processors that others may take; disturbed rounds repeated for each that counts
MISSING = 77


@dataclasses.dataclass
class Row:
    """A comparison; bar: of the whole processes' ratio, 0: none."""
    name: str
    experiment: str
    peer: str
    net: str
    images: int
    epochs: int
    probe: tuple  # images and epochs with which the settings are found
    check: tuple  # and with which the mathematics is verified
    bar: float = 0
    overrides: tuple = ()  # of the timed runs alone
    layers: int = 1  # that train one after another


ROWS = [
    Row("seed-small", "seed/small_sup.yaml", "peer_torch.py", "64-32", 50000, 20, (50000, 3), (2000, 8), 5.0, layers=2),
    Row("seed-large", "seed/large_sup.yaml", "peer_torch.py", "2000-2000", 50000, 1, (8000, 1), (1000, 4), 2.5, layers=2),
    Row("hinton", "hinton_sup_3x1000.yaml", "peer_numpy.py", "1000-1000-1000", 60000, 1, (3000, 1), (250, 2), 1.9,
        ("negatives.lag=auto",)),
]


# ---- processes ----

def environment(threads=None, blas=None):
    """The caller's without what would tune BLAS or OpenMP."""
    tuned = "OPENBLAS_", "OMP_", "GOMP_", "MKL_", "BLIS_", "GOTO_", "KMP_"
    env = {name: value for name, value in os.environ.items() if not name.startswith(tuned)}
    if threads:
        env.update(dict.fromkeys(THREADS, str(threads)))
    if blas:
        env["LD_LIBRARY_PATH"] = ":".join(filter(None, [blas, env.get("LD_LIBRARY_PATH")]))
    return env


@dataclasses.dataclass
class Took:
    """What a process took: its seconds, its peak memory in MB, and the processors that others took meanwhile."""
    seconds: float
    memory: float
    others: float


def processor_seconds():
    """Seconds that the processors have been at work."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, soft = map(int, stat.readline().split()[1:8])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def run(command, env):
    """What a process printed, and what it took; ends the program if it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        others, started = processor_seconds(), time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        others = (processor_seconds() - others - usage.ru_utime - usage.ru_stime) / seconds
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if child.returncode:
            raise SystemExit(f"{' '.join(map(str, command))} ended with {child.returncode}\n{err.read()}")
        return out.read(), Took(seconds, usage.ru_maxrss / 1024, others)


def run_engine(options, row, images, epochs, folder, overrides):
    """result.json with the metrics, and what it took. One test image, so that the run is training."""
    settings = [f"dataset.name={options.data}", f"dataset.train={images}", f"train.epochs={epochs}", "dataset.test=1", "evaluate.train=never",
                *overrides, *options.set]
    words = [word for setting in settings for word in ("--set", setting)]
    command = [options.engine, "run", ROOT / "experiments" / row.experiment, "--quiet", "--out", folder, *words]
    _, took = run(command, environment())
    result = json.loads((folder / "result.json").read_text())
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return {**result, "metrics": metrics}, took


def run_peer(options, row, images, epochs, threads, blas, *more):
    command = [sys.executable, HERE / row.peer, "--net", row.net, "--images", images, "--epochs", epochs,
               "--data", options.data, *more]
    if row.peer == "peer_torch.py":
        command += ["--threads", threads]
    text, took = run(command, environment(threads, blas))
    return json.loads(text), took


# ---- verification, in a process of its own: a child's peak memory is at least its parent's ----

def tensors_of(path):
    """The tensors of a safetensors file."""
    import numpy as np
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[8 + size:][slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
            for name, entry in header.items()}


def weight_difference(row, engine, peer):
    """The greatest distance of a tensor of weights or biases, by what training changed of it."""
    import numpy as np
    import peer_common as common
    start, inputs = {}, engine["layers.0.weight"].shape[1]
    for index, width in enumerate(int(width) for width in row.net.split("-")):
        weight, bias = common.initial_layer(1, index, inputs, width, uniform=row.peer == "peer_torch.py")
        start |= {f"layers.{index}.weight": weight.T, f"layers.{index}.bias": bias}
        inputs = width
    if sorted(engine) != sorted(peer):
        raise SystemExit(f"{row.name}: {sorted(engine)} are not {sorted(peer)}")
    return max(float(np.linalg.norm(engine[name] - peer[name]) / np.linalg.norm(engine[name] - start.get(name, 0)))
               for name in engine)


def loss_difference(metrics, line):
    """The greatest relative distance of a loss."""
    worst = 0
    for index, losses in enumerate(line["losses"]):
        of_layer = [m["loss"][index] for m in metrics if m["layer"] in (0, index + 1)]
        pairs = list(zip(of_layer, losses, strict=True))
        worst = max(worst, *(abs(a - b) / abs(a) for a, b in pairs))
    heads = zip(line["head_losses"], line["head_errors"], strict=True) if "head_losses" in line else []
    for m, (loss, error) in zip(metrics, heads):
        worst = max(worst, abs(m["head_loss"] - loss) / loss, abs(m["head_error"] - error))
    return worst


def verify(options, row):
    """Prints how far the peer is from the engine; ends the program if that is too far."""
    import numpy as np
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        images, epochs = row.check
        engine, _ = run_engine(options, row, images, epochs, folder / "run", ())
        more = ["--same", "--weights", folder / "weights.npz"]
        peer, _ = run_peer(options, row, images, epochs, 1, None, *more)
        tensors = tensors_of(folder / "run" / "model.safetensors")
        weights = weight_difference(row, tensors, np.load(folder / "weights.npz"))
    losses = loss_difference(engine["metrics"], peer)
    if row is options.row[0]:
        print(json.dumps({"bench": "peers", "machine": engine["machine"], "processors": os.cpu_count()}))
    say(row, "verification", images=images, epochs=epochs, loss_difference=losses, weight_difference=weights,
        tolerance=TOLERANCE)
    if not max(losses, weights) <= TOLERANCE:
        raise SystemExit(f"{row.name}: the peer's mathematics is not the engine's")


# ---- timing ----

def say(row, what, **line):
    rounded = {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in line.items()}
    print(json.dumps({"bench": "peers", "row": row.name, "what": what, **rounded}), flush=True)


def find_setting(options, row):
    """(threads, folder of a BLAS) with which the peer trains fastest."""
    installed = [path for path in glob.glob("/usr/lib/*/*/libblas.so.3") if "/blas/" not in path]
    folders = sorted({os.path.dirname(path) for path in installed}) + options.blas
    found = []
    for blas in folders or [None]:
        for threads in sorted({1, os.cpu_count()}):
            lines = [run_peer(options, row, *row.probe, threads, blas)[0] for _ in range(2)]
            found.append((min(line["seconds"] for line in lines), threads, blas, lines[0]["blas"]))
            say(row, "probe", seconds=found[-1][0], threads=threads, blas=os.path.basename(blas or ""))
    seconds, threads, blas, libraries = min(found, key=lambda setting: setting[0])
    say(row, "setting", threads=threads, blas=os.path.basename(blas or ""), libraries=libraries)
    return threads, blas


def stage_times(result):
    """What the engine's stations did in its run, in seconds."""
    execution = result["execution"]
    return [{key: round(station[key], 3) for key in ("busy", "waiting_input", "waiting_output")} |
            {"name": name, "threads": station["threads"]}
            for name, station in [("source", execution["source"])] + [(s["name"], s) for s in execution["stages"]]]


def take_round(options, row, epochs, threads, blas):
    """The engine's run and the peer's: (what it said, what it took) each."""
    with tempfile.TemporaryDirectory() as folder:
        engine = run_engine(options, row, row.images, epochs, pathlib.Path(folder) / "run", row.overrides)
    return engine, run_peer(options, row, row.images, epochs, threads, blas)


def take_rounds(options, row, epochs, threads, blas):
    """The rounds that count: undisturbed ones, as long as patience lasts."""
    rounds, patience = [], PATIENCE * options.rounds
    while len(rounds) < options.rounds:
        both = take_round(options, row, epochs, threads, blas)
        if max(took.others for _, took in both) > QUIET and patience > 0:
            patience -= 1
        else:
            rounds.append(both)
    return zip(*rounds)


def measure(options, row):
    epochs = options.epochs or row.epochs
    threads, blas = find_setting(options, row)
    engine, peer = take_rounds(options, row, epochs, threads, blas)
    compare(row, "training", *([said["seconds"] / epochs for said, _ in side] for side in (engine, peer)), epochs=epochs)
    ratio = compare(row, "process", *([took.seconds for _, took in side] for side in (engine, peer)), epochs=epochs,
                    engine_mb=statistics.median(took.memory for _, took in engine),
                    peer_mb=statistics.median(took.memory for _, took in peer),
                    others=statistics.median(took.others for _, took in engine + peer))
    if row.bar:
        say(row, "criterion", ratio=ratio, bar=row.bar, met=ratio >= row.bar)
    said = peer[-1][0]
    say(row, "engine", stations=stage_times(engine[-1][0]))
    say(row, "peer", epoch_seconds=[statistics.median(seconds) for seconds in said["epoch_seconds"]],
        version=said["version"], threads=threads, blas=said["blas"])


def compare(row, what, engine, peer, **more):
    ratios = [b / a for a, b in zip(engine, peer)]
    say(row, what, engine_seconds=statistics.median(engine), peer_seconds=statistics.median(peer),
        ratio=statistics.median(ratios), least=min(ratios), most=max(ratios), rounds=len(ratios), **more)
    return statistics.median(ratios)


# ---- the program ----

def options_of():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [row.name for row in ROWS]
    parser.add_argument("--engine", default=ROOT / "build/release/engine/cli/ffengine", help="the program ffengine")
    parser.add_argument("--row", action="append", choices=names, help="only this one; may be repeated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, help="of each layer, instead of the row's own number")
    parser.add_argument("--blas", action="append", default=[], metavar="DIR", help="try this libblas.so.3 too")
    parser.add_argument("--data", default="mnist", help="name of a dataset like it; the rows' figures are of mnist")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override for ffengine alone")
    parser.add_argument("--verify", action="store_true", help="only verify")
    options = parser.parse_args()
    options.row = [row for row in ROWS if row.name in (options.row or names)]
    return options


def need(options):
    """Ends with 77 where a peer cannot run."""
    packages = {"numpy"} | {"torch" for row in options.row if row.peer == "peer_torch.py"}
    missing = subprocess.run([sys.executable, "-c", f"import {', '.join(packages)}"], capture_output=True)
    if missing.returncode:
        print("skipped: no Python with PyTorch and numpy; install python3-torch and python3-numpy")
        sys.exit(MISSING)
    information = subprocess.run([options.engine, "data", "info", options.data], capture_output=True)
    if information.returncode:
        print(f"skipped: no {options.data}; ffengine data fetch {options.data}")
        sys.exit(MISSING)


def main():
    options = options_of()
    need(options)
    if options.verify:
        for row in options.row:
            verify(options, row)
        return
    rows = [word for row in options.row for word in ("--row", row.name)]
    overrides = [word for setting in options.set for word in ("--set", setting)]
    command = [sys.executable, __file__, "--verify", "--engine", options.engine, "--data", options.data]
    print(run([*command, *rows, *overrides], environment())[0], end="", flush=True)
    for row in options.row:
        measure(options, row)


if __name__ == "__main__":
    main()
