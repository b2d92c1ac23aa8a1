"""How the network of peer.py computes: float32, TF32 or autocast to bfloat16, compiled or not."""
import os
import shutil
import sys

import torch

if sys.prefix != sys.base_prefix:
    # What it compiles is kept in the virtual environment, so that it does so once. PyTorch's compiler looks when it is imported first, for
    # which an optimizer is enough.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.path.join(sys.prefix, "compiled"))


def use_precision(net, settings):
    """Applies the settings `torch` of settings.ts to the network."""
    options = settings.get("torch", {})
    precision = options.get("precision", "fp32")
    torch.set_float32_matmul_precision("highest" if precision == "fp32" else "high")
    torch.backends.cudnn.allow_tf32 = precision != "fp32"
    # The shapes stay the same, so the fastest convolution is worth a search.
    torch.backends.cudnn.benchmark = True
    if options.get("channels_last"):
        net.to(memory_format=torch.channels_last)
    net.autocasts = precision == "bf16"


def compile_networks(networks, settings):
    """Compiles the networks that do the work, if the settings say so. After they were copied: a copy is not compiled."""
    options = settings.get("torch", {})
    if not options.get("compile"):
        return
    if options.get("device", "cpu") == "cpu" and not (shutil.which("g++") or shutil.which("clang++")):
        raise SystemExit("torch.compile needs a C++ compiler (Debian: apt-get install g++). Leave out the peers compile and compile-bf16 without it.")
    for net in networks:
        net.compile()
