"""The work of ours.ts in PyTorch: a line with the number of pictures in, one line of JSON out."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path += [str(Path(__file__).parent.parent / folder) for folder in ("train-step", ".")]
from peer_draws import label_dim, next_noise, one_hot, settings
from peer_precision import compile_networks, use_precision
from peer_unet import Denoiser
from peer_weights import load_weights
from torch_blas import blas, facts

net = Denoiser(settings["network"]).requires_grad_(False)
load_weights(net)
use_precision(net, settings)
compile_networks([net.unet], settings)
init = float(settings["init_sigma"])


def picture(seed):
    """The bytes of one picture, [1, H, W, C]. The first latents are those of ours.ts."""
    z = next_noise()
    labels = one_hot(torch.tensor([seed % label_dim])) if label_dim > 0 else None
    x = net(z * init, torch.full((1,), init), labels)
    return (x * 127.5 + 128).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


parameters = sum(p.numel() for p in net.parameters())
print(json.dumps({"name": facts(), "parameters": parameters, "blas": blas()}), flush=True)
seed = 0
for line in sys.stdin:
    times, first = [], None
    with torch.inference_mode():
        for _ in range(int(line)):
            start = time.perf_counter()
            pixels = picture(seed)
            times.append((time.perf_counter() - start) * 1000)
            first = pixels if first is None else first
            seed += 1
    print(json.dumps({"ms": sum(times) / len(times), "values": first.flatten().tolist(), "times": times}), flush=True)
