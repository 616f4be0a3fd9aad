#!/usr/bin/python3
"""Seconds that a run on MNIST's .gz files takes beside its training, as a whole process: at most so long from the start to
the first training step.

The wall clock from start to end of the process, less the seconds of training that the run itself tells: reading, unpacking
and listing the images, the net's first weights, and the run's files at its end. Prints a line of JSON with the
median; exit status 1 if it is above the bar, 77 without MNIST.
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
EXPERIMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "experiments/seed/small_sup.yaml"
SET = {"dataset.train": "60000", "dataset.test": "1", "train.epochs": "1", "evaluate.train": "never"}


def beside_training(program, folder):
    command = [program, "run", str(EXPERIMENT), "--quiet", "--out", folder]
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
    with tempfile.TemporaryDirectory() as folder:
        seconds = [beside_training(options.ffengine, f"{folder}/{i}") for i in range(options.rounds)]
    median = statistics.median(seconds)
    print(json.dumps({"bench": "start", "seconds": round(median, 3), "least": round(min(seconds), 3),
                      "most": round(max(seconds), 3), "rounds": options.rounds, "bar": BAR, "met": median <= BAR}))
    return 0 if median <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
