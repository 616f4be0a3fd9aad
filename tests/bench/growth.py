#!/usr/bin/python3
"""How the time of an epoch grows with the width of the layers and with the batch, beside the model that only flops count.

Trains 784-W-W-W by smoothed SGD on synthetic images, one process a point, for about the same flops each, in rounds over
all points; at a learning rate that leaves the net as it is drawn, since what it has learnt are zeros, which products leave
out. The model: the slowest leader's flops by the rate of its threads, one share of the machine's peak for
all points of a round: the median of those at least 1000 wide with batches of at least 500. `by_model` is the median of the
rounds, `least` and `most` their range. (Layers are shared out whole, so a leader may have more than its part: `shared` is
what that costs.) The peak is that of products, measured before and after each training, so that a drift of the machine's
speed cancels out; seconds and GFLOP/s are as they would be at its median. A round over all points still takes minutes:
--widths and --batches make it short, which tells a few points apart better. Points that leave the model by more than 15 %
are profiled after that: the shares that the slowest leader's steps have in its time. Prints lines of JSON, and with
--svg FILE writes a picture (python3-matplotlib).
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
WIDE, TALL = 1000, 500  # from where on points set the model's rate
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


def draw(seconds, by_model, rate, file):
    """rate: flops a second of the model, for the line of flops alone."""
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2))
    widths = sorted({w for w, _ in seconds})
    for batch in (100, 500, 5000):
        of_batch = [(w, s) for (w, b), s in seconds.items() if b == batch]
        if of_batch:
            left.loglog(*zip(*of_batch), marker="o", label=f"batch {batch}")
    left.loglog(widths, [flops_of_image(w) * EPOCH / rate for w in widths], "k--", label="flops alone")
    left.set(xlabel="units a layer", ylabel=f"seconds an epoch of {EPOCH} images", title="784-W-W-W")
    for width in widths:
        of_width = [(b, ratio) for (w, b), ratio in by_model.items() if w == width]
        right.semilogx(*zip(*of_width), marker="o", label=f"{width} units")
    right.axhspan(1 - CLOSE, 1 + CLOSE, color="0.9")
    right.set(xlabel="batch", ylabel="seconds by those of the model", title="Where more than flops counts", ylim=(0, None))
    for axes in (left, right):
        axes.legend()
        axes.grid(True, which="both", alpha=0.3)
    by_hand.save(figure, file)


def rate_of(seconds, model):
    """One for all points: of those where products should be at their speed."""
    return statistics.median(model[at] / s for at, s in seconds.items() if at[0] >= WIDE and at[1] >= TALL)


def tell(options, rounds, shared, peaks, folder):
    """rounds: for each, of every point, what a core could have done meanwhile in 1e9 flops; shared: of every point, for
    each round."""
    peak = statistics.median(peaks)
    points = list(rounds[0])
    # Flops, of all threads, by the plan of that round: plans are made when a run begins.
    models = [{(w, b): flops_of_image(w) * EPOCH * shared[w, b][i] for w, b in points} for i in range(len(rounds))]
    rates = [rate_of(taken, model) for taken, model in zip(rounds, models)]
    ratios = {at: [taken[at] * rate / model[at] for taken, rate, model in zip(rounds, rates, models)] for at in points}
    by_model = {at: statistics.median(of) for at, of in ratios.items()}
    seconds = {at: statistics.median(taken[at] for taken in rounds) / peak for at in points}
    for at in points:
        width, batch = at
        told = {
            "bench": "growth", "width": width, "batch": batch, "epoch_seconds": round(seconds[at], 3),
            "gflops": round(1e-9 * flops_of_image(width) * EPOCH / seconds[at], 1),
            "shared": round(statistics.median(shared[at]), 2), "by_model": round(by_model[at], 3),
            "least": round(min(ratios[at]), 3), "most": round(max(ratios[at]), 3), "rounds": options.rounds,
        }
        if abs(by_model[at] - 1) > CLOSE:
            images = images_for(width, batch, options.gflop)
            told["parts"] = parts_of(options.ffengine, width, batch, images, f"{folder}/parts-{width}-{batch}")
        print(json.dumps(told), flush=True)
    rate = statistics.median(rates) * peak
    print(json.dumps({"bench": "growth", "model_gflops": round(1e-9 * rate, 1), "peak_gflops_a_core": round(peak, 1),
                      "least_peak": round(min(peaks), 1), "most_peak": round(max(peaks), 1)}))
    if options.svg:
        draw(seconds, by_model, rate, options.svg)


def main():
    parser = by_hand.parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gflop", type=float, default=300, help="of a point, about; default 300")
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS, help=f"default {WIDTHS}")
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES, help=f"default {BATCHES}")
    options = parser.parse_args()
    if max(options.widths) < WIDE or max(options.batches) < TALL:
        parser.error(f"the model needs a width of at least {WIDE} and a batch of at least {TALL} among them")
    rounds = []
    shared = {(w, b): [] for w in options.widths for b in options.batches}
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        before = peak_of(options.ffengine, folder)
        for number in range(options.rounds):
            rounds.append({})
            for width, batch in shared:
                images = images_for(width, batch, options.gflop)
                seconds, sharing = seconds_of(options.ffengine, width, batch, images,
                                              f"{folder}/{number}-{width}-{batch}")
                after = peak_of(options.ffengine, folder)
                peaks.append((before + after) / 2)
                rounds[-1][width, batch] = seconds / images * EPOCH * peaks[-1]
                shared[width, batch].append(sharing)
                before = after
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        tell(options, rounds, shared, peaks, folder)


if __name__ == "__main__":
    main()
