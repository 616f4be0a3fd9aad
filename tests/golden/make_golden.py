#!/usr/bin/python3
"""Writes data/*.txt: what ffengine's layer must compute, from an independent PyTorch implementation.

    make_golden.py            writes the files
    make_golden.py --check    makes them anew in memory and compares with the committed ones (exit 1 if they differ)

Everything is in float64 from inputs that are exact in float32. Every gradient is autograd's. Random numbers are numpy's
RandomState, whose streams are frozen for good. Formulas: Hinton, "The Forward-Forward Algorithm: Some Preliminary
Investigations" (2022), sections 2, 3.2 and 3.3; symba: Lee & Song (2023); Adam: Kingma & Ba (2015); decoupled decay:
Loshchilov & Hutter (2019). Without PyTorch the exit status is 77.
"""
import pathlib
import sys

try:
    import numpy as np
    import torch
except ImportError as missing:
    print(f"{missing}; install the packages python3-torch and python3-numpy", file=sys.stderr)
    sys.exit(77)

sys.dont_write_bytecode = True
import images  # noqa: E402 (it needs numpy and PyTorch too)

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
FOLDER = pathlib.Path(__file__).resolve().parent / "data"


# ---- the mathematics ----

def softplus(x):
    return torch.nn.functional.softplus(x, threshold=50)  # log(1 + e^x), exact in float64


def pair_loss(loss, positive, negative, theta, alpha):
    """The loss of each pair of goodnesses."""
    if loss == "logistic":
        return softplus(theta - positive) + softplus(negative - theta)
    u = -alpha * (positive - negative)
    return softplus(u) if loss == "symba" else u * torch.sigmoid(u)


def goodness_of(kind, y, k=1):
    if kind == "top_k":
        return torch.topk(y * y, min(k, y.shape[1])).values.mean(1)
    return (y * y).mean(1) if kind == "mean_square" else (y * y).sum(1)


def normalize(kind, eps, x):
    square = (x * x).mean(1) if kind == "rms" else (x * x).sum(1)
    return x / (square.sqrt() + eps)[:, None]


class Layer:
    """A layer; `setting` has goodness, k, loss, theta (a number or "width"), alpha, reduce, direction, peer and the
    optimizer's."""

    def __init__(self, weight, bias, **setting):
        self.__dict__.update(dict(theta=0.0, alpha=1.0, k=1, reduce="pairs", direction="maximise", peer=0.0, decay=0.0),
                             **setting)
        self.weight = weight.clone().requires_grad_(True)
        self.bias = bias.clone().requires_grad_(True)
        self.mean = torch.full_like(bias, 0.5)
        self.smooth = [torch.zeros_like(weight), torch.zeros_like(bias)]
        if self.theta == "width":
            self.theta = float(len(bias))
        if getattr(self, "optimizer", None) == "adam":
            groups = [{"params": [self.weight], "weight_decay": self.decay},
                      {"params": [self.bias], "weight_decay": 0.0}]
            self.adam = torch.optim.AdamW(groups, lr=self.rate, betas=(self.beta1, self.beta2), eps=self.epsilon)

    def learn(self, x):
        """Forward and gradient on x, the positives above the negatives; leaves the gradients in .grad."""
        pairs = len(x) // 2
        z = x @ self.weight + self.bias
        y = torch.relu(z)
        g = goodness_of(self.goodness, y, self.k)
        high, low = (g[:pairs], g[pairs:]) if self.direction == "maximise" else (g[pairs:], g[:pairs])
        terms = 2 if self.reduce == "rows" else 1
        loss = pair_loss(self.loss, high, low, self.theta, self.alpha).sum() / (terms * pairs)
        objective = loss
        if self.peer:
            # The extra ascent direction of each positive row's z is not gated by the ReLU: a term linear in z.
            self.mean = 0.9 * self.mean + 0.1 * y[:pairs].detach().mean(0)
            ascent = self.peer * (self.mean.mean() - self.mean)
            objective = loss - (z[:pairs] * ascent).sum() / (terms * pairs)
        self.weight.grad = self.bias.grad = None
        objective.backward()
        return loss.item(), g.detach(), y.detach()

    def update(self, factor):
        if self.optimizer == "adam":
            for group in self.adam.param_groups:
                group["lr"] = factor * self.rate
            self.adam.step()
            return
        with torch.no_grad():
            for at, (parameter, decay) in enumerate([(self.weight, self.decay), (self.bias, 0.0)]):
                self.smooth[at] = self.momentum * self.smooth[at] + (1 - self.momentum) * parameter.grad
                parameter -= factor * self.rate * (self.smooth[at] + decay * parameter)


class Head(Layer):
    """A softmax classifier with a layer's optimizers."""

    def learn(self, x, labels):
        logits = x @ self.weight + self.bias
        loss = torch.nn.functional.cross_entropy(logits, labels)
        self.weight.grad = self.bias.grad = None
        loss.backward()
        return loss.item(), logits.detach()


def cooldown(epoch, epochs):
    """Hinton's code: full rate for the first half of the epochs, then down in equal steps to 1 / epochs."""
    return 1.0 if epoch <= epochs / 2 else (1 + 2 * (epochs - epoch)) / epochs


# ---- the cases ----

class Draw:
    """Numbers that are exact in float32."""

    def __init__(self, seed):
        self.state = np.random.RandomState(seed)

    @staticmethod
    def exact(a):
        return torch.from_numpy(np.asarray(a, np.float32).astype(np.float64))

    def normal(self, *shape, scale=1.0):
        return self.exact(scale * self.state.standard_normal(shape))

    def uniform(self, low, high, *shape):
        return self.exact(self.state.uniform(low, high, shape))


class File:
    """Named matrices; a vector is one row, a number is 1 x 1."""

    def __init__(self, about):
        self.about = about
        self.arrays = {}

    def put(self, name, value):
        a = np.atleast_2d(np.array(value.detach() if torch.is_tensor(value) else value, np.float64))
        assert a.ndim == 2 and name not in self.arrays and np.isfinite(a).all(), name
        self.arrays[name] = a

    def text(self):
        lines = [f"# {self.about}", "# Made by tests/golden/make_golden.py (PyTorch, float64); do not edit."]
        for name, a in self.arrays.items():
            lines.append(f"array {name} {a.shape[0]} {a.shape[1]}")
            lines += [" ".join("%.9g" % v for v in row) for row in a]
        return "\n".join(lines + [f"end {len(self.arrays)}"]) + "\n"


LOSSES = [("logistic_number", dict(loss="logistic", theta=1.5)), ("logistic_width", dict(loss="logistic", theta="width")),
          ("symba", dict(loss="symba", alpha=4.0)), ("swish", dict(loss="swish", alpha=6.0))]


def pairs_file():
    out = File("Loss of a pair and its derivatives: rows are goodnesses of the positive, columns of the negative.")
    grid = torch.tensor([-1e4, -40.0, -3.0, -0.5, 0.0, 0.25, 1.0, 2.0, 12.0, 60.0, 1e4])
    out.put("goodness", grid)
    for name, setting in LOSSES:
        theta = {"logistic_number": 1.5, "logistic_width": 11.0}.get(name, 0.0)
        alpha = setting.get("alpha", 1.0)
        positive = grid[:, None].repeat(1, len(grid)).requires_grad_(True)
        negative = grid[None, :].repeat(len(grid), 1).requires_grad_(True)
        value = pair_loss(setting["loss"], positive, negative, theta, alpha)
        value.sum().backward()
        out.put(f"{name}.theta", theta)
        out.put(f"{name}.alpha", alpha)
        out.put(f"{name}.loss", value)
        out.put(f"{name}.d_positive", positive.grad)
        out.put(f"{name}.d_negative", negative.grad)
    return out


def objective_file():
    out = File("One layer 13-11, 6 pairs: goodness, loss, gradients of W and b for each loss, goodness and reduction. "
               "Unit 3 has z = 0 exactly, unit 7 is always off.")
    draw = Draw(1)
    x = draw.normal(12, 13)
    x = Draw.exact(x * torch.linspace(0.3, 1.6, 6).repeat(2)[:, None])
    weight, bias = draw.normal(13, 11, scale=0.45), draw.normal(11, scale=0.3)
    weight[:, 3], bias[3], bias[7] = 0, 0, -20
    for name, value in [("x", x), ("W", weight), ("b", bias)]:
        out.put(name, value)
    for goodness in ["mean_square", "sum_square"]:
        out.put(f"{goodness}.goodness", goodness_of(goodness, torch.relu(x @ weight + bias)))
        for name, setting in LOSSES:
            setting = dict(setting)
            if goodness == "sum_square" and "alpha" in setting:
                setting["alpha"] /= 16  # goodnesses are some 11 times those of mean_square
            for reduce in ["pairs", "rows"]:
                layer = Layer(weight, bias, goodness=goodness, reduce=reduce, **setting)
                case = f"{goodness}.{name}.{reduce}"
                out.put(f"{case}.theta", layer.theta)
                out.put(f"{case}.alpha", layer.alpha)
                out.put(f"{case}.loss", layer.learn(x)[0])
                out.put(f"{case}.dW", layer.weight.grad)
                out.put(f"{case}.db", layer.bias.grad)
    return out


def direction_file():
    out = File("One layer 13-11, 6 pairs: top_k of k units, and every goodness minimised for positives.")
    draw = Draw(7)
    x, weight, bias = draw.normal(12, 13), draw.normal(13, 11, scale=0.45), draw.normal(11, scale=0.3)
    bias[7] = -20
    for name, value in [("x", x), ("W", weight), ("b", bias)]:
        out.put(name, value)
    for k in [1, 4, 11, 100]:
        out.put(f"goodness.{k}", goodness_of("top_k", torch.relu(x @ weight + bias), k))
    cases = [("top_k", "maximise")] + [(goodness, "minimise") for goodness in ["mean_square", "sum_square", "top_k"]]
    for goodness, direction in cases:
        for name, setting in LOSSES:
            setting = dict(setting)
            if goodness != "mean_square" and "alpha" in setting:
                setting["alpha"] /= 16
            layer = Layer(weight, bias, goodness=goodness, k=4, direction=direction, **setting)
            case = f"{goodness}.{direction}.{name}"
            out.put(f"{case}.alpha", layer.alpha)
            out.put(f"{case}.loss", layer.learn(x)[0])
            out.put(f"{case}.dW", layer.weight.grad)
            out.put(f"{case}.db", layer.bias.grad)
    return out


HEADS = {
    "adam": dict(optimizer="adam", rate=0.05, beta1=0.9, beta2=0.999, epsilon=1e-8, decay=0.1),
    "sgd": dict(optimizer="sgd", rate=2.0, momentum=0.9, decay=0.003),
}


def head_file():
    out = File("Eight steps of a head from zero on parts of 7 and 12 units, 5 classes, two batches of 9 rows in turn.")
    draw = Draw(8)
    parts = [torch.relu(draw.normal(18, width)) for width in (7, 12)]
    x, labels = torch.cat(parts, 1), torch.from_numpy(draw.state.randint(0, 5, 18))
    factors = Draw.exact([1, 1, 1, 1, 0.75, 0.5, 0.5, 0.25])
    for name, value in [("part0", parts[0]), ("part1", parts[1]), ("labels", labels), ("factors", factors)]:
        out.put(name, value)
    for name, setting in HEADS.items():
        head, losses = Head(torch.zeros(19, 5), torch.zeros(5), **setting), []
        put_setting(out, name, setting)
        for step in range(8):
            at = slice(step % 2 * 9, step % 2 * 9 + 9)
            loss, logits = head.learn(x[at], labels[at])
            losses.append(loss)
            if step in (1, 7):
                out.put(f"{name}.logits{step}", logits)
                out.put(f"{name}.dW{step}", head.weight.grad)
                out.put(f"{name}.db{step}", head.bias.grad)
            head.update(factors[step].item())
            if step in (0, 7):
                out.put(f"{name}.W{step}", head.weight)
                out.put(f"{name}.b{step}", head.bias)
        out.put(f"{name}.loss", losses)
    return out


def normalize_file():
    out = File("Rows of very different size, each divided by its norm; row 2 is zero.")
    draw = Draw(2)
    y = Draw.exact(draw.normal(6, 17) * torch.tensor([1.0, 30.0, 0.0, 1e-3, 1e-6, 1e4])[:, None])
    out.put("y", y)
    out.put("sum_square", (y * y).sum(1))
    for kind in ["l2", "rms"]:
        for name, eps in [("small", 1e-8), ("seed", 1e-4), ("large", 0.25)]:
            out.put(f"{kind}.{name}.eps", eps)
            out.put(f"{kind}.{name}.out", normalize(kind, eps, y))
    return out


OPTIMIZERS = {
    "adam": dict(optimizer="adam", rate=0.03, beta1=0.9, beta2=0.999, epsilon=1e-8, decay=0.0),
    "adam_decay": dict(optimizer="adam", rate=0.03, beta1=0.8, beta2=0.99, epsilon=1e-3, decay=0.5),
    "sgd": dict(optimizer="sgd", rate=0.2, momentum=0.9, decay=0.0),
    "sgd_decay": dict(optimizer="sgd", rate=0.2, momentum=0.5, decay=0.3),
}


def put_setting(out, prefix, setting):
    for key in ["rate", "beta1", "beta2", "epsilon", "momentum", "decay", "theta", "alpha", "peer", "eps"]:
        if isinstance(setting.get(key), (int, float)):
            out.put(f"{prefix}.{key}", setting[key])


def optimizer_file():
    out = File("Six optimizer steps over W [13 x 11] and b [11] with given gradients and rate factors; b has no decay.")
    draw = Draw(3)
    weight, bias = draw.normal(13, 11, scale=0.5), draw.normal(11, scale=0.5)
    gradients = Draw.exact(draw.normal(6, 154) * torch.from_numpy(10.0 ** draw.state.uniform(-4, 2, 154)))
    gradients[:, 5], gradients[2, 6], gradients[:, 8] = 0, 0, 1e-9
    factors = Draw.exact([1.0, 1.0, 0.75, 0.5, 0.25, 0.125])
    for name, value in [("W", weight), ("b", bias), ("gradients", gradients), ("factors", factors)]:
        out.put(name, value)
    for name, setting in OPTIMIZERS.items():
        layer = Layer(weight, bias, goodness="mean_square", loss="symba", **setting)
        put_setting(out, name, setting)
        for t in range(6):
            layer.weight.grad, layer.bias.grad = gradients[t, :143].view(13, 11).clone(), gradients[t, 143:].clone()
            layer.update(factors[t].item())
            if t in (0, 5):
                out.put(f"{name}.W{t + 1}", layer.weight)
                out.put(f"{name}.b{t + 1}", layer.bias)
    return out


def peer_file():
    out = File("Peer normalisation, 3 batches of 6 pairs, 13-11, plain gradient descent at rate 1; unit 7 starts dead.")
    draw = Draw(4)
    x = draw.normal(36, 13)
    weight, bias = draw.normal(13, 11, scale=0.3), draw.normal(11, scale=0.1)
    bias[7] = -5
    for name, value in [("x", x), ("W", weight), ("b", bias)]:
        out.put(name, value)
    setting = dict(goodness="sum_square", loss="logistic", theta=3.0, peer=0.4, optimizer="sgd", rate=1.0, momentum=0.0)
    put_setting(out, "all", setting)
    for reduce in ["pairs", "rows"]:
        layer = Layer(weight, bias, reduce=reduce, **setting)
        for batch in range(3):
            out.put(f"{reduce}.loss{batch}", layer.learn(x[12 * batch:12 * batch + 12])[0])
            layer.update(1.0)
            out.put(f"{reduce}.W{batch}", layer.weight)
            out.put(f"{reduce}.b{batch}", layer.bias)
            out.put(f"{reduce}.m{batch}", layer.mean)
    return out


TRAJECTORIES = {
    "adam_l2_mean_logistic": dict(norm="l2", eps=1e-4, goodness="mean_square", loss="logistic", theta=0.5,
                                  optimizer="adam", rate=0.05, beta1=0.9, beta2=0.999, epsilon=1e-8, scale=5.0),
    "sgd_rms_sum_width_peer": dict(norm="rms", eps=1e-5, goodness="sum_square", loss="logistic", theta="width",
                                   optimizer="sgd", rate=0.05, momentum=0.9, decay=0.02, peer=0.06, cooldown=True,
                                   scale=2.0),
    "adam_rms_mean_swish": dict(norm="rms", eps=1e-5, goodness="mean_square", loss="swish", alpha=6.0,
                                optimizer="adam", rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8, scale=1.5),
    "sgd_l2_mean_symba": dict(norm="l2", eps=1e-4, goodness="mean_square", loss="symba", alpha=4.0,
                              optimizer="sgd", rate=1.0, momentum=0.9, scale=4.0),
}
BATCH, BATCHES, EPOCHS, WIDTHS = 8, 2, 5, [20, 12, 9]


def trajectory(out, name, setting, rows, hinton):
    """Ten steps of a net trained together; each layer hands on what it computed before this batch's update."""
    draw = Draw(6 + len(name))
    layers, reference = [], None
    for i in (0, 1):
        bound = setting["scale"] / WIDTHS[i] ** 0.5
        weight = draw.uniform(-bound, bound, WIDTHS[i], WIDTHS[i + 1])
        bias = draw.uniform(-0.2 * bound, 0.2 * bound, WIDTHS[i + 1])
        out.put(f"{name}.W{i}.first", weight)
        out.put(f"{name}.b{i}.first", bias)
        layers.append(Layer(weight, bias, **setting))
    put_setting(out, name, setting)
    if hinton:
        reference = HintonsCode(layers)
    traces = {"loss": [], "positive": [], "negative": []}
    for step in range(BATCHES * EPOCHS):
        at = step % BATCHES * 2 * BATCH
        factor = cooldown(step // BATCHES + 1, EPOCHS) if setting.get("cooldown") else 1.0
        x = normalize(setting["norm"], setting["eps"], rows[at:at + 2 * BATCH])
        if reference:
            reference.step(rows[at:at + 2 * BATCH].numpy(), factor)
        seen = []
        for layer in layers:
            loss, g, y = layer.learn(x)
            seen.append((loss, g[:BATCH].mean().item(), g[BATCH:].mean().item()))
            x = normalize(setting["norm"], setting["eps"], y)
        for layer in layers:
            layer.update(factor)
        for key, values in zip(traces, zip(*seen)):
            traces[key].append(values)
    for key, values in traces.items():
        out.put(f"{name}.{key}", values)
    for i, layer in enumerate(layers):
        out.put(f"{name}.W{i}.last", layer.weight)
        out.put(f"{name}.b{i}.last", layer.bias)
        if setting.get("peer"):
            out.put(f"{name}.m{i}.last", layer.mean)
        if reference:
            assert np.allclose(reference.weights[i], layer.weight.detach().numpy(), rtol=0, atol=1e-12)
            assert np.allclose(reference.biases[i], layer.bias.detach().numpy(), rtol=0, atol=1e-12)


class HintonsCode:
    """The recipe of Hinton's own program in its own units, as a check of this file: its ascent direction is
    (1 - p) y, without the 2 of d(y^2)/dy, so its rate is twice ours and its decay and lambda are half of ours."""

    def __init__(self, layers):
        self.setting = layers[0]
        self.weights = [layer.weight.detach().numpy().copy() for layer in layers]
        self.biases = [layer.bias.detach().numpy().copy() for layer in layers]
        self.smooth = [[np.zeros_like(w), np.zeros_like(b)] for w, b in zip(self.weights, self.biases)]
        self.means = [np.full(len(b), 0.5) for b in self.biases]

    def step(self, rows, factor):
        s, first, changes = self.setting, np.arange(len(rows))[:, None] < BATCH, []
        def unit_rms(a):
            return a / (np.sqrt((a ** 2).mean(1, keepdims=True)) + s.eps)
        x = unit_rms(rows)
        for i, (w, b) in enumerate(zip(self.weights, self.biases)):
            y = np.maximum(0, x @ w + b)
            p = 1 / (1 + np.exp(len(b) - (y ** 2).sum(1, keepdims=True)))
            self.means[i] = 0.9 * self.means[i] + 0.1 * y[:BATCH].mean(0)
            pull = s.peer / 2 * (self.means[i].mean() - self.means[i])
            up = np.where(first, (1 - p) * y + pull, -p * y)
            changes.append((x.T @ up / BATCH, up.sum(0) / BATCH))
            x = unit_rms(y)
        for i, (dw, db) in enumerate(changes):
            for at, change in enumerate((dw, db)):
                self.smooth[i][at] = s.momentum * self.smooth[i][at] + (1 - s.momentum) * change
            self.weights[i] = self.weights[i] + 2 * s.rate * factor * (self.smooth[i][0] - s.decay / 2 * self.weights[i])
            self.biases[i] = self.biases[i] + 2 * s.rate * factor * self.smooth[i][1]


def trajectory_file():
    out = File("Ten steps of 20-12-9, 5 epochs of 2 mini-batches of 8 pairs: positives, then negatives of each batch.")
    draw = Draw(5)
    image, label = draw.uniform(0, 1, 16, 20), draw.state.randint(0, 4, 16)
    rows = []
    for batch in range(BATCHES):
        for wrong in (0, 1):
            for sample in range(batch * BATCH, batch * BATCH + BATCH):
                row = image[sample].clone()
                row[:4] = 0
                row[(label[sample] + wrong * (1 + sample % 3)) % 4] = 1
                rows.append(row)
    rows = torch.stack(rows)
    out.put("rows", rows)
    for name, setting in TRAJECTORIES.items():
        trajectory(out, name, setting, rows, hinton=setting.get("cooldown", False))
    return out


def images_file():
    return images.fill(File("Hybrid images, shifts, plain and neutral rows (images.py)."), normalize)


# ---- writing and comparing ----

FILES = {"pairs": pairs_file, "objective": objective_file, "normalize": normalize_file, "optimizer": optimizer_file,
         "peer": peer_file, "trajectory": trajectory_file, "direction": direction_file, "head": head_file,
         "images": images_file}


def differs(made, committed):
    """Why two files differ, or None: words must be equal, numbers equal to 1e-7 of their row's largest."""
    a, b = made.splitlines(), committed.splitlines()
    if len(a) != len(b):
        return f"{len(b)} lines, not {len(a)}"
    for number, (wanted, got) in enumerate(zip(a, b), 1):
        if wanted == got:
            continue
        try:
            wanted, got = np.array(wanted.split(), np.float64), np.array(got.split(), np.float64)
        except ValueError:
            return f"line {number}: other words"
        if wanted.shape != got.shape or abs(wanted - got).max() > 1e-7 * abs(wanted).max() + 1e-12:
            return f"line {number}: other numbers"
    return None


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    failed = 0
    for name, make in FILES.items():
        path, text = FOLDER / f"{name}.txt", make().text()
        if arguments:
            why = differs(text, path.read_text()) if path.exists() else "missing"
            print(f"{path.name}: {why or 'the same'}")
            failed |= why is not None
        else:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
