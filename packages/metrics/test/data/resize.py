"""Writes resize.jsonl: what Pillow and PyTorch make of images by each resizing rule.

    python3 packages/metrics/test/data/resize.py [SIZES]

SIZES is a JSON list of [width, height, side]; left out, those of the committed file. Pixels are a formula: 37 i + (i mod 7) i,
modulo 256. Needs Pillow and PyTorch. Prints lines of JSON with SIZES, else writes the file.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

SIZES = [[7, 5, 9], [40, 28, 12], [14, 33, 8], [12, 12, 12]]


def pixels(width, height):
    i = np.arange(width * height * 3, dtype=np.int64)
    return ((37 * i + (i % 7) * i) % 256).astype(np.uint8).reshape(height, width, 3)


def tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None].float()


def array(x):
    return x[0].permute(1, 2, 0).numpy()


def tensorflow1(image, side):
    """Output pixel i lies at i * from / side; written with indices, as TensorFlow 1 is not at hand."""
    x = image.astype(np.float64)
    for axis in (0, 1):
        n = x.shape[axis]
        place = np.arange(side) * n / side
        low = np.minimum(np.floor(place).astype(int), n - 1)
        high = np.minimum(low + 1, n - 1)
        t = (place - low).reshape([-1 if a == axis else 1 for a in range(3)])
        x = np.take(x, low, axis) * (1 - t) + np.take(x, high, axis) * t
    return x


def bicubic(image, width, height):
    """The width first: Pillow 13 chooses the order by the cost, earlier versions do not."""
    return image.resize((width, image.height), Image.BICUBIC).resize((width, height), Image.BICUBIC)


def pillow_float(image, side):
    channels = [bicubic(Image.fromarray(image[:, :, c].astype(np.float32)), side, side) for c in range(3)]
    return np.stack([np.asarray(c) for c in channels], -1).clip(0, 255)


def crop(image, side):
    """torchvision's Resize(side) and CenterCrop(side)."""
    height, width, _ = image.shape
    long = int(side * max(width, height) / min(width, height))
    w, h = (side, long) if width <= height else (long, side)
    resized = np.asarray(bicubic(Image.fromarray(image), w, h))
    top, left = round((h - side) / 2), round((w - side) / 2)
    return resized[top : top + side, left : left + side]


RULES = {
    "tensorflow1": tensorflow1,
    "torch-bilinear": lambda x, s: array(F.interpolate(tensor(x), size=(s, s), mode="bilinear", align_corners=False)),
    "pillow-bicubic-float": pillow_float,
    "pillow-bicubic": lambda x, s: np.asarray(bicubic(Image.fromarray(x), s, s)),
    "torch-bicubic-antialias": lambda x, s: array(
        F.interpolate(tensor(x), size=(s, s), mode="bicubic", antialias=True)
    ),
    "crop": crop,
}

sizes = json.loads(sys.argv[1]) if len(sys.argv) > 1 else SIZES
found = [
    {"width": w, "height": h, "side": s, "rule": name, "values": [round(float(v), 4) for v in rule(pixels(w, h), s).ravel()]}
    for w, h, s in sizes
    for name, rule in RULES.items()
]
text = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in found)
if len(sys.argv) > 1:
    print(text, end="")
else:
    (Path(__file__).parent / "resize.jsonl").write_text(text)
