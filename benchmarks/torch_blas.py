"""Which libraries PyTorch computes with."""
import os
import re

import torch


def blas():
    """The BLAS libraries that this process has loaded, by file name, or `mkl` where it is part of PyTorch (wheels for x86)."""
    torch.mm(torch.ones(64, 64), torch.ones(64, 64))
    with open("/proc/self/maps") as maps:
        names = {os.path.basename(line.split()[-1]) for line in maps if re.search(r"blas|mkl_rt", line)}
    if torch.backends.mkl.is_available():
        names.add("mkl")
    return sorted(names)


def facts():
    """PyTorch's version, its BLAS and oneDNN, the instructions that its own kernels use, and its threads."""
    config = torch.__config__.show()
    onednn = re.search(r"(?:MKL-DNN|oneDNN) v([\d.]+)", config)
    mkl = re.search(r"Math Kernel Library Version ([\d.]+)", config)
    parts = [
        f"MKL {mkl[1]}" if mkl else ", ".join(blas()) or "an unknown BLAS",
        f"oneDNN {onednn[1]}" if onednn else "no oneDNN",
        torch.backends.cpu.get_cpu_capability(),
        f"{torch.get_num_threads()} threads",
    ]
    return f"PyTorch {torch.__version__} ({', '.join(parts)})"
