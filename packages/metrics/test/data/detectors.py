"""Writes detectors.safetensors: what PyTorch makes of two images with detectors whose weights are a formula.

    python3 packages/metrics/test/data/detectors.py

Inception's spatial features by the network of benchmarks/inception, and features and class scores of a thin VGG16 that is
written here. The formula is that of parity/formula-weights.ts. Needs PyTorch and numpy.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

here = Path(__file__).parent
sys.path.append(str(here.parents[3] / "benchmarks" / "inception"))
from inception_torch import Inception, resize

THIN = dict(channels=[4, 8, 8, 16, 16], hidden=24, classes=5, resolution=64)


def uniform(name, size):
    """s = 1664525 s + 1013904223 mod 2^32 from FNV-1a(name) on, as numbers from 0 to 1: twice as many in each pass."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) % 2**32
    a, c = 1664525, 1013904223
    s = np.array([(a * seed + c) % 2**32], dtype=np.uint64)
    while len(s) < size:
        s = np.concatenate([s, (a * s + c) % 2**32])
        a, c = a * a % 2**32, (a * c + c) % 2**32
    return s[:size] / 2**32


def formula(name, shape):
    u = uniform(name, int(np.prod(shape)))
    if name.endswith("bn.weight"):
        values = 1 + 0.2 * (2 * u - 1)
    elif name.endswith("running_var"):
        values = 1 + 0.5 * u
    elif len(shape) > 1:
        values = (2 * u - 1) * np.sqrt(6 / (u.size / shape[0]))
    else:
        values = 0.1 * (2 * u - 1)
    return torch.from_numpy(values.reshape(shape).astype(np.float32))


def with_formula_weights(net):
    state = net.state_dict()
    net.load_state_dict({k: v if k.endswith("num_batches_tracked") else formula(k, tuple(v.shape)) for k, v in state.items()})
    return net.eval().requires_grad_(False)


class Vgg(nn.Module):
    """torchvision's names: convolutions in `features`, with pooling after each stage; linear layers in `classifier`."""

    def __init__(self, channels, hidden, classes, resolution):
        super().__init__()
        layers, inputs = [], 3
        for outputs, depth in zip(channels, [2, 2, 3, 3, 3]):
            for _ in range(depth):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
                inputs = outputs
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        flat = inputs * (resolution // 32) ** 2
        linear = [nn.Linear(flat, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout()]
        self.classifier = nn.Sequential(*linear, nn.Linear(hidden, classes))
        self.resolution = resolution

    def forward(self, images):
        mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 1, 3, 1, 1)
        x = self.features((resize(images, self.resolution) / 255 - mean) / deviation).flatten(1)
        features = self.classifier[:5](x)
        return features, self.classifier[6](features)


def write_safetensors(path, tensors, metadata):
    header, blobs, at = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.contiguous().numpy().tobytes()
        dtype = {torch.uint8: "U8", torch.float32: "F32"}[tensor.dtype]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


if __name__ == "__main__":
    images = torch.from_numpy((uniform("images", 2 * 3 * 40 * 40) * 256).astype(np.uint8)).view(2, 3, 40, 40)
    inception, spatial = with_formula_weights(Inception()), []
    inception.Mixed_6d.branch1x1.register_forward_hook(lambda _module, _input, output: spatial.append(output))
    inception(images.float())
    features, logits = with_formula_weights(Vgg(**THIN))(images.float())
    write_safetensors(
        here / "detectors.safetensors",
        {
            "images": images,
            # Channels last, as TensorFlow flattens them.
            "features.spatial": spatial[0][:, :7].permute(0, 2, 3, 1).flatten(1),
            "vgg16.features": features,
            "vgg16.logits": logits,
        },
        {"vgg16": json.dumps(THIN)},
    )
