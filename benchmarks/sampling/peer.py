"""The work of ours.ts in PyTorch, on request: one line in, one line of JSON out. Reads the weights and latents of ours.ts."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path += [str(Path(__file__).parent.parent / folder) for folder in ("train-step", ".")]
from peer_draws import next_noise, settings
from peer_unet import Denoiser
from peer_weights import load_weights
from torch_blas import blas


def noise_levels(steps, low=0.002, high=80, rho=7):
    """Eq. (5), Karras et al. 2022, and 0."""
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    levels = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    return levels.tolist() + [0.0]


def sample(net, latents, steps):
    """Algorithm 2, Karras et al. 2022, without fresh noise, in float64 outside of the network."""

    def slope(x, t):
        sigma = torch.full((len(x),), t, dtype=torch.float32)
        return (x - net(x.float(), sigma, None).double()) / t

    levels = noise_levels(steps)
    x = latents.double() * levels[0]
    for t, t_next in zip(levels, levels[1:]):
        d = slope(x, t)
        euler = x + (t_next - t) * d
        x = euler if t_next == 0 else x + (t_next - t) * 0.5 * (d + slope(euler, t_next))
    return x


net = Denoiser(settings["network"]).requires_grad_(False)
load_weights(net)
latents = next_noise()
hello = {
    "name": f"PyTorch {torch.__version__}",
    "parameters": sum(p.numel() for p in net.parameters()),
    "blas": blas(),
}
print(json.dumps(hello), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    with torch.inference_mode():
        images = sample(net, latents, settings["steps"])
    ms = (time.perf_counter() - start) * 1000
    values = images.permute(0, 2, 3, 1).flatten().tolist()
    print(json.dumps({"ms": ms, "values": values}), flush=True)
