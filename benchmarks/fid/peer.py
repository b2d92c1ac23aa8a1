"""The work of ours.ts as published scripts do it, with scipy's sqrtm: one line in, one line of JSON out."""
import json
import re
import sys
import time
from pathlib import Path

import numpy as np
import scipy
from scipy.linalg import sqrtm

settings = json.loads(sys.argv[1])
dim = settings["dim"]


def read(name):
    values = np.fromfile(Path(settings["exchange"]) / f"{name}.f64")
    return values[:dim], values[dim:].reshape(dim, dim)


def blas():
    with open("/proc/self/maps") as maps:
        return sorted({line.split()[-1].split("/")[-1] for line in maps if re.search(r"blas|mkl_rt", line)})


(mu1, sigma1), (mu2, sigma2) = read("a"), read("b")
print(json.dumps({"name": f"scipy {scipy.__version__}", "parameters": dim, "blas": blas()}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    root = sqrtm(sigma1 @ sigma2, disp=False)[0]
    distance = np.square(mu1 - mu2).sum() + np.trace(sigma1 + sigma2 - 2 * np.real(root))
    ms = (time.perf_counter() - start) * 1000
    print(json.dumps({"ms": ms, "values": [float(distance)]}), flush=True)
