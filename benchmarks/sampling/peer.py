"""The work of ours.ts in PyTorch, on request: one line in, one line of JSON out. Reads the weights and latents of ours.ts."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path += [str(Path(__file__).parent.parent / folder) for folder in ("train-step", ".")]
from edm_sampler import sample
from peer_draws import batch, label_dim, next_noise, one_hot, settings
from peer_precision import compile_networks, use_precision
from peer_unet import Denoiser
from peer_weights import load_weights
from torch_blas import blas, facts


net = Denoiser(settings["network"]).requires_grad_(False)
load_weights(net)
use_precision(net, settings)
compile_networks([net.unet], settings)
latents = next_noise()
labels = one_hot(torch.arange(batch) % label_dim) if label_dim > 0 else None
hello = {
    "name": facts(),
    "parameters": sum(p.numel() for p in net.parameters()),
    "blas": blas(),
}
print(json.dumps(hello), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    with torch.inference_mode():
        images = sample(net, latents, labels, settings["steps"])
    ms = (time.perf_counter() - start) * 1000
    values = images.permute(0, 2, 3, 1).flatten().tolist()
    print(json.dumps({"ms": ms, "values": values}), flush=True)
