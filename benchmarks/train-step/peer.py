"""The work of ours.ts in PyTorch, timed on request: a line with the number of repetitions in, one line of JSON out.

Reads the weights and random draws of ours.ts from a folder. When the draws are used up, it draws its own.
"""
import json
import sys
import time
from pathlib import Path

import torch

from peer_boot import Boot
from peer_draws import batch, device, image_shape, label_dim, next_draws, next_log_normal, next_noise, one_hot, pixels, settings
from peer_precision import compile_networks, use_precision
from peer_score import DiffInstruct, Sid
from peer_step import denoising_loss, optimize, update_average
from peer_unet import Denoiser
from peer_weights import load_weights

sys.path.append(str(Path(__file__).parent.parent))
from torch_blas import blas, facts


class Train:
    """One step of the training of Karras et al. 2022: forward, backward, Adam, average. Dropout off."""

    def __init__(self, net):
        self.networks = [net]
        self.net, self.average = net, [p.detach().clone() for p in net.parameters()]
        self.optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        images = next_draws(batch * pixels, None).reshape(image_shape).permute(0, 3, 1, 2)
        self.images = images.contiguous().to(torch.uint8)
        self.labels = one_hot(torch.arange(batch, device=device) % label_dim) if label_dim > 0 else None

    def run(self):
        images = self.images.float() / 127.5 - 1
        loss = denoising_loss(self.net, images, next_log_normal(), next_noise(), self.labels).sum() / batch
        optimize(self.net, self.optimizer, loss)
        update_average(self.average, self.net)
        return [loss.item() / pixels]


class Forward:
    """The denoised images at sigma = 1, without gradients, as in a sampler."""

    def __init__(self, net):
        self.networks = [net]
        self.net, self.noise = net, next_noise()
        self.labels = one_hot(torch.arange(batch, device=device) % label_dim) if label_dim > 0 else None

    def run(self):
        with torch.inference_mode():
            return self.net(self.noise, torch.ones(batch, device=device), self.labels).cpu()


net = Denoiser(settings["network"])
load_weights(net)
use_precision(net.to(device), settings)
WORK = {"train": Train, "forward": Forward, "sid": Sid, "diff-instruct": DiffInstruct, "boot": Boot}
work = WORK[settings["mode"]](net)
compile_networks([net.unet for net in work.networks], settings)
# Not part of the work: waits until the GPU has done all of it.
synchronize = torch.cuda.synchronize if device.type == "cuda" else lambda: None
hello = {
    "name": facts(),
    "parameters": sum(p.numel() for p in net.parameters()),
    "blas": blas(),
}
print(json.dumps(hello), flush=True)
for line in sys.stdin:
    count = int(line)
    synchronize()
    start = time.perf_counter()
    for _ in range(count):
        result = work.run()
    synchronize()
    ms = (time.perf_counter() - start) * 1000 / count
    if isinstance(result, torch.Tensor):
        result = [result.square().mean().item()]
    print(json.dumps({"ms": ms, "values": result}), flush=True)
