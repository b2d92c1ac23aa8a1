"""The settings of peer.py and its random numbers: first those of ours.ts, then its own."""
import json
import os
import sys

import numpy
import torch
import torch.nn.functional as F

settings = json.loads(sys.argv[1])
device = torch.device(settings.get("torch", {}).get("device", "cpu"))
torch.set_num_threads(settings["threads"])
torch.manual_seed(0)
size = settings["network"]
batch, label_dim = settings["batch"], size["label_dim"]
image_shape = (batch, size["resolution"], size["resolution"], size["channels"])
pixels = size["resolution"] ** 2 * size["channels"]


def read(name):
    return torch.from_numpy(numpy.fromfile(os.path.join(settings["exchange"], name), dtype=numpy.float32))


draws = read("draws.f32")
drawn = 0


def next_draws(count, otherwise):
    """The next `count` shared numbers, or the result of `otherwise` when they are used up."""
    global drawn
    if drawn >= len(draws):
        return otherwise()
    drawn += count
    return draws[drawn - count : drawn].to(device)


def next_noise():
    shared = next_draws(batch * pixels, lambda: None)
    n, height, width, c = image_shape
    if shared is None:
        return torch.randn(n, c, height, width, device=device)
    return shared.reshape(image_shape).permute(0, 3, 1, 2).contiguous()


def next_log_normal(mean=-1.2, std=1.2):
    return next_draws(batch, lambda: (torch.randn(batch, device=device) * std + mean).exp())


def one_hot(classes):
    return F.one_hot(classes, label_dim).float()


def next_labels():
    if label_dim == 0:
        return None
    return one_hot(next_draws(batch, lambda: torch.randint(label_dim, (batch,), device=device)).long())
