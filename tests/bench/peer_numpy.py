#!/usr/bin/python3
"""The training of experiments/hinton_sup_3x1000.yaml in numpy: Hinton's supervised recipe with its wrong labels drawn
in his order, from the head's view of the same batch.

Prints a line of JSON: seconds of every epoch, losses of every epoch, the head's loss and error. Everything is float32.
Rows lie in one buffer a layer, as [negatives; positives; neutral rows]: positives and neutral rows go through a layer in
one product, the gradient is one product over negatives and positives.
"""
import time

STARTED = time.perf_counter()

import numpy as np  # noqa: E402 (the clock starts before the imports)

import peer_common as common  # noqa: E402

CLASSES, BATCH, EPS = 10, 100, np.float32(1e-4)
RATE, DECAY, MU, PEER = 0.005, 0.002, 0.9, 0.06
HEAD_RATE, HEAD_DECAY = 0.1, 0.003


def softplus(x):
    return np.logaddexp(np.float32(0), x)


def sigmoid(x):
    return np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * x))


def smoothed_step(w, g, v, rate, decay):
    """v = mu v + g; w -= rate (v + decay w), where g comes with its factor 1 - mu. g is overwritten."""
    v *= np.float32(MU)
    v += g
    w *= np.float32(1 - rate * decay)
    w -= np.multiply(v, np.float32(rate), out=g)


class Layer:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias
        inputs, outputs = weight.shape
        self.x = np.empty((3 * BATCH, inputs), np.float32)
        self.y = np.empty((3 * BATCH, outputs), np.float32)
        self.goodness = np.empty(3 * BATCH, np.float32)
        self.gradient = np.empty_like(weight)
        self.weight_state, self.bias_state = np.zeros_like(weight), np.zeros_like(bias)
        self.peer_mean = np.full(outputs, 0.5, np.float32)

    def forward(self, rows, out):
        """out = the normalised activations of these rows."""
        y = np.matmul(self.x[rows], self.weight, out=self.y[rows])
        y += self.bias
        np.maximum(y, 0, out=y)
        goodness = np.einsum("ij,ij->i", y, y, out=self.goodness[rows])
        np.divide(y, (np.sqrt(goodness / np.float32(y.shape[1])) + EPS)[:, None], out=out)

    def learn(self, n, rate):
        """One update from n pairs; returns their loss, summed."""
        theta = np.float32(self.y.shape[1])
        negative, positive = self.goodness[:n] - theta, theta - self.goodness[n:2 * n]
        self.peer_mean *= np.float32(0.9)
        self.peer_mean += np.float32(0.1) * self.y[n:2 * n].mean(0)
        slope = np.concatenate([sigmoid(negative), -sigmoid(positive)])
        delta = self.y[:2 * n]
        delta *= (np.float32(2 * (1 - MU) / n) * slope)[:, None]
        delta[n:] -= np.float32(PEER * (1 - MU) / n) * (self.peer_mean.mean() - self.peer_mean)
        np.matmul(self.x[:2 * n].T, delta, out=self.gradient)
        smoothed_step(self.weight, self.gradient, self.weight_state, rate, DECAY)
        smoothed_step(self.bias, delta.sum(0), self.bias_state, rate, 0)
        return float((softplus(positive) + softplus(negative)).sum())


class Head:
    """Softmax on the neutral rows' activations of all layers but the first."""

    def __init__(self, inputs):
        self.weight, self.bias = np.zeros((inputs, CLASSES), np.float32), np.zeros(CLASSES, np.float32)
        self.weight_state, self.bias_state = np.zeros_like(self.weight), np.zeros_like(self.bias)

    def learn(self, x, labels, rate):
        """One update; returns the logits from before it, the loss and the errors, summed."""
        n = len(labels)
        logits = x @ self.weight + self.bias
        delta = np.exp(logits - logits.max(1, keepdims=True))
        delta /= delta.sum(1, keepdims=True)
        loss = -np.log(delta[np.arange(n), labels]).sum()
        wrong = (logits.argmax(1) != labels).sum()
        delta[np.arange(n), labels] -= 1
        delta *= np.float32((1 - MU) / n)
        smoothed_step(self.weight, x.T @ delta, self.weight_state, rate, HEAD_DECAY)
        smoothed_step(self.bias, delta.sum(0), self.bias_state, rate, 0)
        return logits, float(loss), int(wrong)


def draw_wrong(logits, labels, u):
    """A label from the softmax with the true class masked, by the numbers u in (0, 1]."""
    odds = logits.astype(np.float64)
    odds[np.arange(len(labels)), labels] = -np.inf
    odds = np.exp(odds - odds.max(1, keepdims=True))
    sums = odds.cumsum(1)
    return (sums >= (u * sums[:, -1])[:, None]).argmax(1)


class Net:
    def __init__(self, layers):
        self.layers = layers
        self.head = Head(sum(layer.weight.shape[1] for layer in layers[1:]))
        self.top = np.empty_like(layers[-1].y)

    def forward(self, rows):
        above = [layer.x for layer in self.layers[1:]] + [self.top]
        for layer, out in zip(self.layers, above):
            layer.forward(rows, out[rows])

    def train_batch(self, images, norms, labels, u, factor):
        """images [n x I] with label inputs 0; norms: what a labelled and a neutral row are divided by. Returns the sums
        (losses of the layers, head's loss, head's errors)."""
        n, at = len(images), np.arange(len(images))
        labelled, neutral = norms
        x = self.layers[0].x
        np.divide(images, labelled[:, None], out=x[:n])
        x[n:2 * n] = x[:n]
        x[n + at, labels] = 1 / labelled
        np.divide(images, neutral[:, None], out=x[2 * n:3 * n])
        x[2 * n:3 * n, :CLASSES] = (np.float32(1 / CLASSES) / neutral)[:, None]
        self.forward(slice(n, 3 * n))
        activities = [layer.x[2 * n:3 * n] for layer in self.layers[2:]] + [self.top[2 * n:3 * n]]
        logits, head_loss, head_wrong = self.head.learn(np.hstack(activities), labels, factor * HEAD_RATE)
        x[at, draw_wrong(logits, labels, u)] = 1 / labelled
        self.forward(slice(0, n))
        return [layer.learn(n, factor * RATE) for layer in self.layers] + [head_loss, head_wrong]


def cooldown(epoch, epochs):
    return (1 + 2 * (epochs - epoch)) / epochs if epoch > epochs / 2 else 1


def prepare(folder, n):
    """Images [n x I] as float32 with their label inputs 0, what a labelled and a neutral row are divided by, labels."""
    images, labels = common.training_images(folder, n)
    images = images.astype(np.float32)
    images /= 255
    images[:, :CLASSES] = 0
    square = np.einsum("ij,ij->i", images, images)
    squares = np.stack([square + np.float32(1), square + np.float32(1 / CLASSES)])
    return images, np.sqrt(squares / np.float32(images.shape[1])) + EPS, labels


def random_numbers(options, epoch, n):
    """The epoch's order, and for each image the number that draws its wrong label."""
    if options.same:
        words = common.philox(options.seed, common.DRAW, 0, epoch, np.arange(n))
        return common.shuffled(options.seed, epoch, n), common.unit(words[0])
    generator = np.random.default_rng([options.seed, epoch])
    return generator.permutation(n), 1 - generator.random(n)


def net_of(options, inputs):
    layers = []
    generator = np.random.default_rng(options.seed)
    for index, width in enumerate(int(width) for width in options.net.split("-")):
        if options.same:
            layers.append(Layer(*common.initial_layer(options.seed, index, inputs, width, uniform=False)))
        else:
            weight = generator.standard_normal((inputs, width), np.float32) / np.float32(np.sqrt(inputs))
            layers.append(Layer(weight, np.zeros(width, np.float32)))
        inputs = width
    return Net(layers)


def train_epoch(net, data, order, u, factor):
    images, norms, labels = data
    sums = 0
    for at in range(0, len(order), BATCH):
        batch = order[at:at + BATCH]
        sums += np.array(net.train_batch(images[batch], norms[:, batch], labels[batch], u[batch], factor))
    return (sums / len(order)).tolist()


def weights_of(net):
    named = {}
    for index, layer in enumerate(net.layers):
        named[f"layers.{index}.weight"], named[f"layers.{index}.bias"] = layer.weight.T, layer.bias
    parts = np.split(net.head.weight, np.cumsum([layer.weight.shape[1] for layer in net.layers[1:-1]]))
    named |= {f"head.layers.{index}.weight": part.T for index, part in enumerate(parts, 1)}
    return {**named, "head.bias": net.head.bias}


def main():
    options = common.parser_of(__doc__, net="1000-1000-1000", epochs=1, images=60000).parse_args()

    data = prepare(common.folder_of(options.data), options.images)
    net = net_of(options, data[0].shape[1])
    np.ones((BATCH, BATCH), np.float32) @ np.ones((BATCH, BATCH), np.float32)  # starts the library's threads
    losses, seconds = [], []
    for epoch in range(1, options.epochs + 1):
        order, u = random_numbers(options, epoch, len(data[0]))
        started = time.perf_counter()
        losses.append(train_epoch(net, data, order, u, cooldown(epoch, options.epochs)))
        seconds.append(time.perf_counter() - started)
    columns = np.array(losses).T.tolist()
    common.finish(STARTED, options.weights, lambda: weights_of(net), peer="numpy", version=np.__version__,
                  losses=columns[:-2], head_losses=columns[-2], head_errors=columns[-1], epoch_seconds=[seconds],
                  seconds=sum(seconds))


if __name__ == "__main__":
    main()
