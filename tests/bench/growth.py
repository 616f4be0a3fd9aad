#!/usr/bin/python3
"""How the time of an epoch grows with the width of the layers and with the batch, beside the model that only flops count.

Trains 784-W-W-W by smoothed SGD on synthetic images, one process a point, for about the same flops each, in rounds over
all points; at a learning rate that leaves the net as it is drawn, since what it has learnt are zeros, which products leave
out. The model: the slowest leader's flops by the rate of its threads, one share of the machine's peak for
all points: the median of those at least 1000 wide with batches of at least 500. (Layers are shared out whole, so a leader
may have more than its part: `shared` is what that costs.) The peak is that of products, measured before and after each
training, so that a drift of the machine's speed cancels out; seconds and GFLOP/s are as they would be at its median. Points
that leave the model by more than 15 % are profiled after that: the shares that the slowest leader's steps have in its time.
Prints lines of JSON, and with --svg FILE writes a picture
(python3-matplotlib).
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import by_hand

WIDTHS = 250, 500, 1000, 2000, 4000
BATCHES = 50, 100, 200, 500, 1000, 2000, 5000
PIXELS, LABELS, LAYERS = 784, 10, 3
EPOCH = 60000  # images of the epoch that times are told for
CLOSE = 0.15  # to the model


def flops_of_layer(layer, width):
    """Executed for a pair: the first layer once an image, the others a row each; forward and gradient."""
    return 2 * 2 * (PIXELS - LABELS) * width if layer == 0 else 2 * 4 * width * width


def flops_of_image(width):
    return sum(flops_of_layer(layer, width) for layer in range(LAYERS))


def sharing_of(stages, width):
    """How many times as long the slowest leader takes as if all threads had as much to do."""
    leaders = {}
    for stage in stages:
        flops, _ = leaders.get(stage["leader"], (0, 0))
        leaders[stage["leader"]] = flops + flops_of_layer(stage["layer"] - 1, width), stage["threads"]
    threads = sum(threads for _, threads in leaders.values())
    return max(flops / of for flops, of in leaders.values()) * threads / flops_of_image(width)


def images_for(width, batch, gflop):
    batches = max(2, round(1e9 * gflop / flops_of_image(width) / batch))
    return min(batches * batch, 200000 // batch * batch)


def peak_of(program, folder):
    """GFLOP/s of a core's products, all cores at work."""
    experiment = pathlib.Path(folder) / "peak.yaml"
    experiment.write_text("dataset: {name: synthetic, train: 200, test: 1}\nlayers: {widths: [64]}\n", encoding="utf-8")
    told = subprocess.run([program, "plan", str(experiment), "--json"], check=True, capture_output=True)
    return json.loads(told.stdout)["rates"]["gflops"]


def command_of(program, verb, width, batch, images, folder):
    keys = {
        "dataset.name": "synthetic", "dataset.train": images, "dataset.test": 1,
        "layers.widths": json.dumps([width] * LAYERS), "layers.peer": 0.06, "objective.loss": "symba",
        "objective.goodness": "sum_square", "optimizer.kind": "sgd",
        "optimizer.rate": 1e-9, "train.batch": batch, "train.epochs": 1, "evaluate.train": "never",
    }
    experiment = pathlib.Path(folder).with_suffix(".yaml")
    experiment.write_text("name: growth\n", encoding="utf-8")
    command = [program, verb, str(experiment), "--quiet"]
    for key, value in keys.items():
        command += ["--set", f"{key}={value}"]
    return command


def parts_of(program, width, batch, images, folder):
    """Shares of the slowest leader's time, by a profile of the same training."""
    command = command_of(program, "profile", width, batch, images, folder)
    command += ["--json", "--trace", folder + ".trace", "--report", folder + ".report"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    leaders = {}
    for stage in told["stages"]:
        leaders.setdefault(stage["thread"], []).append(stage)
    slowest = max(leaders.values(), key=lambda stages: sum(stage["busy"] for stage in stages))
    seconds = next(t["seconds"] for t in told["thread_times"] if t["thread"] == slowest[0]["thread"])
    parts = {}
    for stage in slowest:
        for step, taken in stage["steps"].items():
            parts[step] = parts.get(step, 0) + taken["seconds"] / seconds
    return {step: round(share, 2) for step, share in parts.items() if share >= 0.005}


def seconds_of(program, width, batch, images, folder):
    """Seconds of training by the program's own clock, and the cost of sharing the layers out."""
    command = command_of(program, "run", width, batch, images, folder)
    subprocess.run(command + ["--out", folder], check=True, stdout=subprocess.DEVNULL)
    with open(f"{folder}/result.json", encoding="utf-8") as result:
        told = json.load(result)
    return told["seconds"], sharing_of(told["execution"]["stages"], width)


def draw(points, model, rate, file):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2))
    for batch in (100, 500, 5000):
        of_batch = [(w, s) for (w, b), s in points.items() if b == batch]
        left.loglog(*zip(*of_batch), marker="o", label=f"batch {batch}")
    left.loglog(WIDTHS, [flops_of_image(w) * EPOCH / rate for w in WIDTHS], "k--", label="flops alone")
    left.set(xlabel="units a layer", ylabel=f"seconds an epoch of {EPOCH} images", title="784-W-W-W")
    for width in WIDTHS:
        of_width = [(b, s * rate / model[w, b]) for (w, b), s in points.items() if w == width]
        right.semilogx(*zip(*of_width), marker="o", label=f"{width} units")
    right.axhspan(1 - CLOSE, 1 + CLOSE, color="0.9")
    right.set(xlabel="batch", ylabel="seconds by those of the model", title="Where more than flops counts", ylim=(0, None))
    for axes in (left, right):
        axes.legend()
        axes.grid(True, which="both", alpha=0.3)
    by_hand.save(figure, file)


def tell(options, times, shared, peaks, folder):
    peak = statistics.median(peaks)
    points = {at: statistics.median_high(taken) / peak for at, taken in times.items()}
    # Flops, of all threads, by the plan of the round that the median is of: plans are made when a run begins.
    shared = {at: shared[at][sorted(range(len(taken)), key=taken.__getitem__)[len(taken) // 2]] for at, taken in times.items()}
    model = {(w, b): flops_of_image(w) * EPOCH * shared[w, b] for w, b in points}
    rate = statistics.median(model[at] / s for at, s in points.items() if at[0] >= 1000 and at[1] >= 500)
    for (width, batch), seconds in points.items():
        told = {
            "bench": "growth", "width": width, "batch": batch, "epoch_seconds": round(seconds, 3),
            "gflops": round(1e-9 * flops_of_image(width) * EPOCH / seconds, 1),
            "shared": round(shared[width, batch], 2),
            "by_model": round(seconds * rate / model[width, batch], 3), "rounds": options.rounds,
        }
        if abs(told["by_model"] - 1) > CLOSE:
            images = images_for(width, batch, options.gflop)
            told["parts"] = parts_of(options.ffengine, width, batch, images, f"{folder}/parts-{width}-{batch}")
        print(json.dumps(told), flush=True)
    print(json.dumps({"bench": "growth", "model_gflops": round(1e-9 * rate, 1), "peak_gflops_a_core": round(peak, 1),
                      "least_peak": round(min(peaks), 1), "most_peak": round(max(peaks), 1)}))
    if options.svg:
        draw(points, model, rate, options.svg)


def main():
    parser = by_hand.parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gflop", type=float, default=300, help="of a point, about; default 300")
    options = parser.parse_args()
    times = {(w, b): [] for w in WIDTHS for b in BATCHES}
    shared = {at: [] for at in times}
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        before = peak_of(options.ffengine, folder)
        for number in range(options.rounds):
            for (width, batch), taken in times.items():
                images = images_for(width, batch, options.gflop)
                seconds, sharing = seconds_of(options.ffengine, width, batch, images,
                                              f"{folder}/{number}-{width}-{batch}")
                after = peak_of(options.ffengine, folder)
                peaks.append((before + after) / 2)
                taken.append(seconds / images * EPOCH * peaks[-1])  # flops of the peak, in 1e9 a core
                shared[width, batch].append(sharing)
                before = after
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        tell(options, times, shared, peaks, folder)


if __name__ == "__main__":
    main()
