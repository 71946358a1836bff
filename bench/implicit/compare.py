"""Training and everybody's lists by Marquee and by `implicit` on the same positives, in turns (run).

    compare.py DATASET ROUNDS
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import implicit
import numpy
import scipy.sparse

ROOT = Path(__file__).resolve().parent.parent.parent
RANK, EPOCHS, LIST = 64, 8, 100
# The best of each, by the viewers of validation, is measured: unobserved weight and lambda, alpha and ridge.
OUR_GRID = [(weight, ridge) for weight in (0.1, 0.2) for ridge in (0.0035, 0.007, 0.014)]
RIVALS_GRID = [(alpha, ridge) for alpha in (4, 6) for ridge in (10, 40, 160)]
WANTED = {"an epoch": 5, "time to equal quality": 5, "everybody's lists": 4}  # design, section 8


class Ours:
    """bench/implicit/main.cpp."""

    def __init__(self, dataset, folder):
        self.process = subprocess.Popen([ROOT / "build/release/bin/marquee_bench_implicit", dataset, folder],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.sizes = self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("marquee_bench_implicit ended")
        return json.loads(line)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def train(self, parameters, epochs=EPOCHS):
        return self.ask("train", epochs, *parameters)

    def quality(self):
        return self.ask("quality")

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Rival:
    def __init__(self, folder, sizes):
        self.folder, self.threads = folder, sizes["threads"]
        starts = numpy.fromfile(folder / "starts.u64", numpy.uint64).astype(numpy.int64)
        columns = numpy.fromfile(folder / "columns.u32", numpy.uint32).astype(numpy.int32)
        self.matrix = scipy.sparse.csr_matrix(
            (numpy.ones(len(columns), numpy.float32), columns, starts), shape=(sizes["viewers"], sizes["films"]))

    def train(self, parameters, keep=None):
        """{seconds of each epoch, largest memory}; `keep` takes the film vectors after each."""
        alpha, ridge = self.parameters = parameters
        self.model = implicit.als.AlternatingLeastSquares(
            factors=RANK, alpha=alpha, regularization=ridge, iterations=EPOCHS, num_threads=self.threads,
            random_state=1, use_gpu=False)
        seconds = []

        def epoch_over(_number, elapsed, *_):
            seconds.append(elapsed)
            if keep is not None:
                keep.append(self.model.item_factors.copy())

        Path("/proc/self/clear_refs").write_text("5")
        self.model.fit(self.matrix, show_progress=False, callback=epoch_over)
        return {"seconds": seconds, "mib": peak_mib()}

    def lists(self):
        begin = time.perf_counter()
        self.model.recommend(numpy.arange(self.matrix.shape[0]), self.matrix, N=LIST, filter_already_liked_items=True)
        return time.perf_counter() - begin

    def quality(self, ours, films=None):
        """By the same judge, who folds viewers in by the rival's own equations."""
        (self.model.item_factors if films is None else films).astype(numpy.float32).tofile(self.folder / "items.f32")
        return ours.ask("quality", *self.parameters)


def peak_mib():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def chosen(ours, rival):
    """The parameters of both that are best for the viewers of validation."""
    def own(parameters):
        ours.train(parameters)
        return ours.quality()["validation"]

    def theirs(parameters):
        rival.train(parameters)
        return rival.quality(ours)["validation"]

    return max(OUR_GRID, key=own), max(RIVALS_GRID, key=theirs)


def by_epoch(ours, rival, parameters):
    """The qualities of both after each epoch."""
    own, kept = [], []
    for epochs in range(1, EPOCHS + 1):
        ours.train(parameters[0], epochs)
        own.append(ours.quality())
    rival.train(parameters[1], kept)
    return own, [rival.quality(ours, films) for films in kept]


def in_turns(ours, rival, parameters, rounds):
    """Of each round what both took."""
    found = []
    for _ in range(rounds):
        own, theirs = ours.train(parameters[0]), rival.train(parameters[1])
        own["lists"], theirs["lists"] = ours.ask("lists", LIST)["seconds"], rival.lists()
        for side in (own, theirs):
            # The first epoch of a process also makes what others find made.
            side["epoch"] = statistics.median(side["seconds"][1:])
        found.append((own, theirs))
    return found


def epochs_to(qualities, wanted):
    return next(epoch for epoch, quality in enumerate(qualities, 1) if quality["validation"] >= wanted)


def ratio_line(name, ratios):
    print(f"  {name:24}{statistics.median(ratios):6.1f} times ({min(ratios):.1f} to {max(ratios):.1f}), "
          f"wanted {WANTED[name]}")


def report(sizes, parameters, qualities, rounds):
    own, theirs = qualities
    middle = [{key: statistics.median(side[key] for side in sides) for key in ("epoch", "lists", "mib")}
              for sides in zip(*rounds)]
    print(f"{sizes['positives']:,} positives of {sizes['viewers']:,} viewers and {sizes['films']:,} films, rank {RANK}, "
          f"{sizes['threads']} threads, load average {os.getloadavg()[0]:.1f}\nMarquee: unobserved weight "
          f"{parameters[0][0]}, lambda {parameters[0][1]}; implicit {implicit.__version__}: alpha {parameters[1][0]}, "
          f"ridge {parameters[1][1]}")
    print(f"{'':12}{'s an epoch':>12}{'lists/s':>12}{'MiB':>8}   NDCG@100 on test viewers after each epoch")
    for name, side, quality in (("Marquee", middle[0], own), ("implicit", middle[1], theirs)):
        print(f"{name:12}{side['epoch']:12.4f}{sizes['viewers'] / side['lists']:12,.0f}{side['mib']:8.0f}   "
              + " ".join(f"{each['test']:.4f}" for each in quality))
    reached = 0.995 * min(max(each["validation"] for each in side) for side in qualities)
    epochs = [epochs_to(side, reached) for side in qualities]
    print(f"  for validation viewers {reached:.4f} are reached by epoch {epochs[0]} and {epochs[1]}")
    ratio_line("an epoch", [theirs["epoch"] / own["epoch"] for own, theirs in rounds])
    ratio_line("time to equal quality", [theirs["epoch"] * epochs[1] / (own["epoch"] * epochs[0])
                                         for own, theirs in rounds])
    ratio_line("everybody's lists", [theirs["lists"] / own["lists"] for own, theirs in rounds])


def main(dataset, rounds):
    with tempfile.TemporaryDirectory(prefix="marquee-implicit-") as scratch:
        ours = Ours(dataset, scratch)
        rival = Rival(Path(scratch), ours.sizes)
        parameters = chosen(ours, rival)
        qualities = by_epoch(ours, rival, parameters)
        report(ours.sizes, parameters, qualities, in_turns(ours, rival, parameters, int(rounds)))
        ours.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
