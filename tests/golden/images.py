"""Hybrid images, shifts and rows without a one-hot label, written anew from their definitions: Philox4x32-10 in Python
integers (Salmon et al., SC 2011), the blur as so many passes of a convolution over a padded image. For make_golden.py."""
import numpy as np
import torch

SEED = 0x1234567890ABCDEF
WORD = 0xFFFFFFFF
MASK, PARTNER, SHIFT = 8, 9, 10  # engine/base/rng.h: purposes


def philox(seed, purpose, layer, epoch, index):
    c, k = [index, epoch, layer, purpose], [seed & WORD, seed >> 32]
    for _ in range(10):
        left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [right >> 32 ^ c[1] ^ k[0], right & WORD, left >> 32 ^ c[3] ^ k[1], left & WORD]
        k = [k[0] + 0x9E3779B9 & WORD, k[1] + 0xBB67AE85 & WORD]
    return c


def below(words, n):
    return (words[1] << 32 | words[0]) * n >> 64


def random_bits(height, width, sample, draw):
    """Column by column; a column starts a new word."""
    column = -(-height // 32)
    bits = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            word = x * column + y // 32
            bits[y, x] = philox(SEED, MASK, word // 4, draw, sample)[word % 4] >> y % 32 & 1
    return bits


def blurred(bits, passes):
    kernel = torch.tensor([0.25, 0.5, 0.25])
    image = torch.from_numpy(bits)[None, None]
    for _ in range(passes):
        padded = torch.nn.functional.pad(image, (1, 1, 1, 1), mode="replicate")
        image = torch.nn.functional.conv2d(padded, torch.outer(kernel, kernel)[None, None])
    return image[0, 0].numpy()


def hybrids(out, state):
    cases = [(28, 28, 1, 10, 59999, 60), (32, 32, 3, 10, 7, 0), (29, 31, 1, 0, 1, 1), (33, 34, 1, 6, 2, 3),
             (5, 7, 3, 2, 3, 2), (2, 3, 1, 1, 4, 2), (1, 40, 1, 13, 5, 9), (65, 2, 2, 3, 6, 1)]
    out.put("cases", cases)
    for number, (height, width, channels, passes, sample, draw) in enumerate(cases):
        mask = blurred(random_bits(height, width, sample, draw), passes) > 0.5
        out.put(f"mask{number}", mask)
        if height * width > 200:
            continue  # the larger ones would make the file large
        a, b = state.randint(0, 256, (2, height, width, channels))
        out.put(f"a{number}", a.reshape(height, -1))
        out.put(f"b{number}", b.reshape(height, -1))
        out.put(f"hybrid{number}", np.where(mask[:, :, None], a, b).reshape(height, -1))
    partners = [(sample, draw, n) for n in (2, 3, 60000) for sample in (0, 1, n - 1) for draw in (0, 5)]
    found = [(s + 1 + below(philox(SEED, PARTNER, 0, draw, s), n - 1)) % n for s, draw, n in partners]
    out.put("partners", [case + (partner,) for case, partner in zip(partners, found)])


def shifts(out, state):
    cases = []
    for most in (0, 1, 2, 4096):
        for sample, epoch in ((0, 1), (59999, 1), (59999, 60)):
            drawn = below(philox(SEED, SHIFT, 0, epoch, sample), (2 * most + 1) ** 2)
            cases.append((sample, epoch, most, drawn // (2 * most + 1) - most, drawn % (2 * most + 1) - most))
    out.put("shifts", cases)
    image = state.randint(1, 256, (4, 5, 2))
    out.put("image", image.reshape(4, 10))
    moves = [(0, 0), (1, 0), (-1, 2), (0, -3), (3, 4), (-3, -4), (4, 0), (0, -5), (-90, 4096)]
    out.put("moves", moves)
    for number, (down, right) in enumerate(moves):
        moved = np.zeros_like(image)
        for y in range(4):
            for x in range(5):
                if 0 <= y - down < 4 and 0 <= x - right < 5:
                    moved[y, x] = image[y - down, x - right]
        out.put(f"moved{number}", moved.reshape(4, 10))


def rows(out, state, normalize):
    scale, shift, strength, classes = 1 / 64, -0.5, 1.5, 4
    image = torch.from_numpy(state.randint(0, 256, (3, 37)))
    image[1] = 32  # a plain row of zeros
    out.put("bytes", image)
    plain = image * scale + shift
    neutral = plain.clone()
    neutral[:, :classes] = strength / classes
    for kind, eps in (("l2", 1e-4), ("rms", 1e-5)):
        out.put(f"{kind}.plain", normalize(kind, eps, plain))
        out.put(f"{kind}.neutral", normalize(kind, eps, neutral))


def fill(out, normalize):
    state = np.random.RandomState(7)
    hybrids(out, state)
    shifts(out, state)
    rows(out, state, normalize)
    return out
