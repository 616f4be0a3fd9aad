#!/usr/bin/python3
"""The supervised training of experiments/seed/*.yaml in PyTorch, as one would write it there: each layer on the full
batch to its end before the next one begins, gradients by autograd.

Prints a line of JSON: seconds of every epoch of each layer, losses of every epoch, seconds of training (the epochs, and
what each layer hands on to the next). What does not change between epochs (rows with their labels, inputs of a layer)
is made once, before the epochs.
"""
import time

STARTED = time.perf_counter()

import numpy as np  # noqa: E402 (the clock starts before the imports)
import torch  # noqa: E402
from torch.nn import functional  # noqa: E402

import peer_common as common  # noqa: E402

MEAN, STD = 0.1307, 0.3081
THETA, RATE, EPS = 2.0, 0.03, 1e-4


def normalize(x):
    return x / (x.norm(2, 1, keepdim=True) + EPS)


class Layer(torch.nn.Linear):
    def forward(self, x):
        return torch.relu_(super().forward(x))

    def train_on(self, positive, negative, epochs):
        """Losses and seconds of each epoch."""
        optimizer = torch.optim.Adam(self.parameters(), lr=RATE)
        losses, seconds = [], []
        for _ in range(epochs):
            started = time.perf_counter()
            goodness_positive = self(positive).pow(2).mean(1)
            goodness_negative = self(negative).pow(2).mean(1)
            loss = functional.softplus(torch.cat([THETA - goodness_positive, goodness_negative - THETA])).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            seconds.append(time.perf_counter() - started)
        return losses, seconds


def rows_of(folder, n, seed):
    """Positives and negatives [n x I], normalised."""
    images, labels = common.training_images(folder, n)
    wrong = common.wrong_labels(seed, labels, 0)
    x = torch.from_numpy(images.astype(np.float32)).div_(255).sub_(MEAN).div_(STD)
    strength = x.max().item()
    x[:, :10] = 0
    pair = x, x.clone()
    for rows, label in zip(pair, (labels, wrong)):
        rows[torch.arange(len(rows)), torch.from_numpy(label)] = strength
    return [normalize(rows) for rows in pair]


def net_of(widths, inputs, seed, same):
    layers = []
    for index, width in enumerate(widths):
        layer = Layer(inputs, width)
        if same:
            weight, bias = common.initial_layer(seed, index, inputs, width, uniform=True)
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(weight).T)
                layer.bias.copy_(torch.from_numpy(bias))
        layers.append(layer)
        inputs = width
    return layers


def weights_of(layers):
    named = {}
    for index, layer in enumerate(layers):
        named[f"layers.{index}.weight"] = layer.weight.detach().numpy()
        named[f"layers.{index}.bias"] = layer.bias.detach().numpy()
    return named


def main():
    parser = common.parser_of(__doc__, net="64-32", epochs=20, images=50000)  # epochs of each layer
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    positive, negative = rows_of(common.folder_of(options.data), options.images, options.seed)
    layers = net_of([int(width) for width in options.net.split("-")], positive.shape[1], options.seed, options.same)
    Layer(positive.shape[1], 64).train_on(positive[:1000], negative[:1000], 2)  # warms up
    losses, seconds = [], []
    training = time.perf_counter()
    for layer in layers:
        if losses:
            with torch.no_grad():
                positive, negative = normalize(below(positive)), normalize(below(negative))
        below = layer
        loss, took = layer.train_on(positive, negative, options.epochs)
        losses.append(loss)
        seconds.append(took)
    training = time.perf_counter() - training
    common.finish(STARTED, options.weights, lambda: weights_of(layers), peer="torch", version=torch.__version__,
                  threads=options.threads, losses=losses, epoch_seconds=seconds, seconds=training)


if __name__ == "__main__":
    main()
