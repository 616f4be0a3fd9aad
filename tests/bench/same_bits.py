#!/usr/bin/python3
"""Do two builds of ffengine train the same bits?

Trains every experiment of experiments/ and experiments/seed/, cut to a few epochs and images, with both programs:
sequentially and as a pipeline, with 1, 2 and 3 threads. All runs of one experiment must write the same bytes of
model.safetensors and, apart from times, of metrics.jsonl; they are compared with the first program's first run.

Run it before and after a change that must not change results:

    tests/bench/same_bits.py build-before/engine/cli/ffengine build/release/engine/cli/ffengine
    tests/bench/same_bits.py OLD NEW --experiments experiments/small_sup.yaml --threads 2

Prints a line for each experiment that agrees, and for each run that differs its digests beside the wanted ones.
The exit status is 0 if all runs agree, 1 if one differs or fails, and 77 (skipped) if every experiment lacks its images.
"""
import argparse
import hashlib
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KINDS = "sequential", "pipeline"
THREADS = 1, 2, 3
TIMES = re.compile(rb'"(?:seconds|samples_per_second)": *[^,}]*')
NO_IMAGES = "ffengine data fetch"  # what the program advises then


class Digests(typing.NamedTuple):
    """Of what one run wrote."""
    model: str
    metrics: str

    def __str__(self):
        return f"model {self.model} metrics {self.metrics}"


class RunFailed(Exception):
    """The program ended with an error; the text is its message."""


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def settings(experiment, options):
    """What cuts the experiment short: the keys to set."""
    keys = {
        "dataset.train": options.images, "dataset.validation": 500, "dataset.test": 500,
        "train.epochs": options.epochs, "evaluate.every": 1, "evaluate.test": "epoch", "execution.checkpoint": 0,
    }
    if re.search(r"\bwhen: *after\b", experiment.read_text(encoding="utf-8")):
        keys["head.epochs"] = options.epochs
    return keys


def train(program, experiment, kind, threads, options):
    """One run in a folder of its own; its digests."""
    with tempfile.TemporaryDirectory() as parent:
        folder = pathlib.Path(parent) / "run"
        command = [program, "run", str(experiment), "--out", str(folder), "--quiet", "--threads", str(threads)]
        for key, value in {**settings(experiment, options), "execution.kind": kind}.items():
            command += ["--set", f"{key}={value}"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RunFailed(ended.stderr.strip() or f"exit status {ended.returncode}")
        metrics = (folder / "metrics.jsonl").read_bytes()
        return Digests(digest((folder / "model.safetensors").read_bytes()), digest(TIMES.sub(b"", metrics)))


def compare(experiment, options):
    """All runs of one experiment. True if they agree, None if its images are missing."""
    name = experiment.relative_to(ROOT) if experiment.is_relative_to(ROOT) else experiment
    programs = ("before", options.before), ("after", options.after)
    began, wanted, runs, bad = time.monotonic(), None, 0, 0
    for kind, threads, (which, program) in itertools.product(options.kinds, options.threads, programs):
        run = f"{name} {kind} {threads} thread{'s' if threads > 1 else ''} {which}"
        runs += 1
        try:
            got = train(program, experiment, kind, threads, options)
        except RunFailed as failure:
            if NO_IMAGES in str(failure):
                print(f"{name} skipped: {failure}", flush=True)
                return None
            print(f"{run}: failed: {failure}", flush=True)
            bad += 1
            continue
        wanted = wanted or got
        if got != wanted:
            print(f"{run}: {got}, not {wanted}", flush=True)
            bad += 1
    if not bad:
        print(f"{name}: {runs} runs agree: {wanted} ({time.monotonic() - began:.0f} s)", flush=True)
    return not bad


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="the ffengine program of one build")
    parser.add_argument("after", help="that of the other")
    parser.add_argument("--experiments", nargs="+", type=pathlib.Path, metavar="FILE",
                        help="default: every experiments/*.yaml and experiments/seed/*.yaml")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="default: both")
    parser.add_argument("--threads", nargs="+", type=int, default=THREADS, metavar="N", help="default: 1 2 3")
    parser.add_argument("--epochs", type=int, default=2, help="of each run (and of its head); default 2")
    parser.add_argument("--images", type=int, default=2000, help="to train on; default 2000")
    options = parser.parse_args()
    if not options.experiments:
        folders = ROOT / "experiments", ROOT / "experiments" / "seed"
        options.experiments = [file for folder in folders for file in sorted(folder.glob("*.yaml"))]
    return options


def main():
    options = parse_arguments()
    verdicts = [compare(experiment.resolve(), options) for experiment in options.experiments]
    if False in verdicts:
        return 1
    return 0 if True in verdicts else 77


if __name__ == "__main__":
    sys.exit(main())
