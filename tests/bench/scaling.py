#!/usr/bin/python3
"""Predicts pairs a second of 784-4x2000 and 784-16x1000 on 1 to 128 cores of a described machine.

Asks `ffengine plan` for each number of cores, at the rates of a core that it is given, and prints the tables of
experiments/SCALING.md; with --svg FILE also their picture (python3-matplotlib). Nothing is trained or measured.
"""
import json
import pathlib
import subprocess
import tempfile

import by_hand

HINTON = {
    "layers.peer": 0.06, "objective.loss": "symba", "objective.goodness": "sum_square",
    "optimizer.kind": "sgd", "optimizer.rate": 0.005, "optimizer.decay": 0.002,
    "dataset.name": "synthetic", "dataset.train": 60000, "dataset.test": 1, "evaluate.train": "never",
}
NETS = {"784-4x2000": [2000] * 4, "784-16x1000": [1000] * 16}
BATCHES = 100, 1000
# Eight cores to a cache, whose size hwloc would otherwise make up; and a memory of its own for each package, where hwloc
# would make one for all.
PACKAGES = "package:{} numa:1 l3:{}(size=32MiB) core:8"
MACHINES = [(cores, str(cores), PACKAGES.format(1, 8)) for cores in (1, 2, 4, 8, 16, 32, 64)] + [
    (64, "64 in two packages", PACKAGES.format(2, 4)), (128, "128 in two packages", PACKAGES.format(2, 8))]


def plan(options, experiment, widths, batch, cores, topology):
    command = [options.ffengine, "plan", experiment, "--json", "--cores", str(cores), "--topology", topology,
               "--rate", str(options.rate), "--bandwidth", str(options.bandwidth)]
    for key, value in HINTON.items():
        command += ["--set", f"{key}={value}"]
    command += ["--set", f"layers.widths={json.dumps(widths)}", "--set", f"train.batch={batch}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def describe(found):
    teams = [stage["threads"] for stage in found["stages"]]
    return f"{len(teams)} of {min(teams)} to {max(teams)}" if min(teams) < max(teams) else f"{len(teams)} of {teams[0]}"


def print_table(net, points):
    print(f"\n{net}\n")
    print("| cores | batch 100: pairs/s | by one core's | teams | batch 1000: pairs/s | by one core's | teams |")
    print("|---|---|---|---|---|---|---|")
    for cores, name, _ in MACHINES:
        cells = [name]
        for batch in BATCHES:
            found, one = points[net, batch, name], points[net, batch, "1"]
            rate = found["samples_per_second"]
            used = f" ({found['cores_used']} used)" if found["cores_used"] < cores else ""
            cells += [f"{rate:,.0f}", f"{rate / one['samples_per_second']:.1f}{used}", describe(found)]
        print("| " + " | ".join(cells) + " |")


def draw(points, file):
    import matplotlib
    matplotlib.use("svg")
    from matplotlib import pyplot
    ticks = [cores for cores, _, _ in MACHINES]
    figure, axes = pyplot.subplots(figsize=(7, 4.4))
    for (net, color) in zip(NETS, ("C0", "C1")):
        for batch, style in zip(BATCHES, ("-", "--")):
            rates = [points[net, batch, name]["samples_per_second"] for _, name, _ in MACHINES]
            axes.loglog(ticks, [rate / rates[0] for rate in rates], style, color=color, marker="o",
                        label=f"{net}, batch {batch}")
    axes.loglog(ticks, ticks, "k:", label="as many times as fast")
    axes.set(xlabel="cores", ylabel="pairs a second by those of one core", title="Predicted, not measured")
    axes.set_xticks(sorted(set(ticks)), [str(cores) for cores in sorted(set(ticks))])
    axes.grid(True, which="major", alpha=0.3)
    axes.legend()
    by_hand.save(figure, file)


def main():
    parser = by_hand.parser_of(__doc__)
    parser.add_argument("--rate", type=float, default=100, help="GFLOP/s of a core; default 100")
    parser.add_argument("--bandwidth", type=float, default=12, help="GB/s of a core from memory; default 12")
    options = parser.parse_args()
    points = {}
    with tempfile.TemporaryDirectory() as folder:
        experiment = pathlib.Path(folder) / "scaling.yaml"
        experiment.write_text("name: scaling\n", encoding="utf-8")
        for net, widths in NETS.items():
            for batch in BATCHES:
                for cores, name, topology in MACHINES:
                    points[net, batch, name] = plan(options, str(experiment), widths, batch, cores, topology)
    for net in NETS:
        print_table(net, points)
    if options.svg:
        draw(points, options.svg)


if __name__ == "__main__":
    main()
