"""Which BLAS library PyTorch has loaded."""
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
