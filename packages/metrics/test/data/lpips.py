"""Writes lpips.safetensors: LPIPS of images by PyTorch, with a thin VGG16 whose weights are a formula.

    python3 packages/metrics/test/data/lpips.py

The network and the formula are those of detectors.py. Needs PyTorch and numpy.
"""
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from detectors import THIN, Vgg, formula, uniform, with_formula_weights, write_safetensors

ENDS = [3, 8, 15, 22, 29]
SHIFT = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
SCALE = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)


def unit(x):
    return x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10)


def features(vgg, x):
    maps, x = [], (x - SHIFT) / SCALE
    for i, layer in enumerate(vgg.features[: ENDS[-1] + 1]):
        x = layer(x)
        if i in ENDS:
            maps.append(x)
    return maps


def lpips(vgg, linear, a, b, size=None):
    if size is not None:
        a, b = (functional.interpolate(x, (size, size), mode="bilinear") for x in (a, b))
    pairs = zip(linear, features(vgg, a), features(vgg, b))
    return sum(functional.conv2d((unit(x) - unit(y)).square(), w).mean((1, 2, 3)) for w, x, y in pairs)


vgg = with_formula_weights(Vgg(**THIN))
linear = [formula(f"lin{i}.model.1.weight", (1, c, 1, 1)).abs() for i, c in enumerate(THIN["channels"])]
images = torch.from_numpy(uniform("lpips", 4 * 3 * 24 * 24).astype("float32") * 2 - 1).view(4, 3, 24, 24)
a, b = images[:2].clone().requires_grad_(), images[2:]
results = {"a": a.detach(), "b": b, "lpips": lpips(vgg, linear, a, b).detach(), "small": lpips(vgg, linear, a, b, 20).detach()}
large = lpips(vgg, linear, a, b, 40)
large.sum().backward()
results |= {"large": large.detach(), "large.gradient": a.grad}
results["gray"] = lpips(vgg, linear, *(x[:, :1].repeat(1, 3, 1, 1) for x in (images[:2], b)))
results |= {f"lin{i}.model.1.weight": w for i, w in enumerate(linear)}
write_safetensors(Path(__file__).parent / "lpips.safetensors", results, {})
