"""Writes half/*.safetensors: output and gradient of the input of the networks of networks.py in half precision, computed
with PyTorch's convolutions and products in float16. Run: python3 half.py

inner: convolutions and products within the blocks are in float16, everything else in float64.
published: everything between the UNet's input and its output is in float16, except the noise embedding, the scores of
attention and their softmax (reference page, section 1.1).
"""
import json
import os
import struct

import networks
import numpy as np
import torch
import torch.nn.functional as F

INNER = (".conv0", ".conv1", ".skip", ".qkv", ".proj")


class HalfProducts(networks.Weights):
    def conv(self, name, x, width, kernel, padding=None):
        if not name.endswith(INNER):
            return super().conv(name, x, width, kernel, padding)
        weight = self.get(f"{name}.weight", width, x.shape[1], kernel, kernel)
        y = F.conv2d(x.half(), weight.half(), padding=kernel // 2).to(x.dtype)
        return y + self.get(f"{name}.bias", width)[:, None, None]

    def product(self, x, y):
        return (x.half() @ y.half()).to(x.dtype)


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    header.pop("__metadata__")
    for key, entry in header.items():
        values = np.frombuffer(data[slice(*entry["data_offsets"])], dtype=np.float32)
        header[key] = torch.tensor(values.reshape(entry["shape"])).double()
    return header


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    os.makedirs(os.path.join(here, "half"), exist_ok=True)
    for name, (_, label_dim, _, options) in networks.NETWORKS.items():
        given = read(os.path.join(here, "networks", f"{name}.safetensors"))
        null = torch.zeros(1, label_dim, dtype=torch.float64) if label_dim else None
        results = {}
        for kind, weights, dtype in (("inner", HalfProducts(), torch.float64),
                                     ("published", networks.Weights(), torch.float16)):
            x = given["x"].clone().requires_grad_()
            y = networks.denoise(weights, options, x, given["sigma"], given.get("class_labels", null),
                                 given.get("augment_labels"), given.get("buffer.model.map_noise.freqs"), dtype)
            (y * given["cotangent"]).sum().backward()
            results |= {f"{kind}.y": y, f"{kind}.grad.x": x.grad}
        networks.write(os.path.join(here, "half", f"{name}.safetensors"), results, {"torch": torch.__version__})


main()
