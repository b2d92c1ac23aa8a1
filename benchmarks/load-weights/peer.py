"""The work of compare.ts in PyTorch: peer.py tensors|network FILE NAMES prints its seconds and memory in JSON."""
import json
import resource
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

folder = Path(__file__).parent.parent
sys.path += [str(folder / "train-step"), str(folder)]
from peer_unet import Denoiser
from torch_blas import facts

MEGABYTE = 1e6
work, file, names = sys.argv[1:]
with open(folder / "train-step" / "sizes.json") as sizes:
    network = json.load(sizes)["cifar10-ddpmpp"]["network"]


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


idle = resident() / MEGABYTE
start = time.perf_counter()
tensors = load_file(file) if file.endswith(".safetensors") else torch.load(file, weights_only=True)
if work == "tensors":
    total = sum(float(tensor.flatten()[0]) for tensor in tensors.values())
    assert total == total
else:
    # Without drawing initial weights, which would take longer than all the rest; with a copy, as load_state_dict makes.
    with torch.device("meta"):
        net = Denoiser(network)
    with open(names) as listed:
        own = [tensors[name] for name in json.load(listed)]
    for (name, old), tensor in zip(list(net.named_parameters()), own, strict=True):
        owner, _, leaf = name.rpartition(".")
        setattr(net.get_submodule(owner), leaf, torch.nn.Parameter(tensor.reshape(old.shape).clone(), requires_grad=False))
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
print(json.dumps({"seconds": seconds, "idleMB": idle, "peakMB": peak, "name": facts()}))
