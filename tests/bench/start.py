#!/usr/bin/python3
"""Seconds that a run on MNIST's .gz files takes beside its training, as a whole process: at most so long from the start to
the first training step.

The wall clock from start to end of the process, less the seconds of training that the run itself tells: reading, unpacking
and listing the images, the net's first weights, the look at the machine that a plan needs (of two experiments one trains
layer by layer and needs none), and the run's files at its end. Prints a line of JSON with the median for each; exit status
1 if one is above the bar, 77 without MNIST.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import by_hand

BAR = 0.5
FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments"
EXPERIMENTS = "seed/small_sup.yaml", "small_sup.yaml"
SET = {"dataset.train": "60000", "dataset.validation": "0", "dataset.test": "1", "train.epochs": "1",
       "evaluate.train": "never"}


def beside_training(program, experiment, folder):
    command = [program, "run", str(FOLDER / experiment), "--quiet", "--out", folder]
    for key, value in SET.items():
        command += ["--set", f"{key}={value}"]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - began
    with open(f"{folder}/result.json", encoding="utf-8") as result:
        return wall - json.load(result)["seconds"]


def main():
    parser = by_hand.parser_of(__doc__, picture=False)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    if subprocess.run([options.ffengine, "data", "info", "mnist"], capture_output=True, check=False).returncode:
        print("skipped: no MNIST; name its folder in FFENGINE_DATA")
        return 77
    seconds = {experiment: [] for experiment in EXPERIMENTS}
    with tempfile.TemporaryDirectory() as folder:
        for i in range(options.rounds):
            for n, (experiment, taken) in enumerate(seconds.items()):
                taken.append(beside_training(options.ffengine, experiment, f"{folder}/{n}-{i}"))
    for experiment, taken in seconds.items():
        median = statistics.median(taken)
        print(json.dumps({"bench": "start", "experiment": experiment, "seconds": round(median, 3),
                          "least": round(min(taken), 3), "most": round(max(taken), 3), "rounds": options.rounds,
                          "bar": BAR, "met": median <= BAR}))
    return 0 if all(statistics.median(taken) <= BAR for taken in seconds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
