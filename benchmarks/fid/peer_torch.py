"""
The work of ours.ts with torch.linalg, in float64: one line in, one line of JSON out.

With S1 = L L', tr (S1 S2)^(1/2) is the sum of the square roots of the eigenvalues of L' S2 L. L is the Cholesky factor, as in
ours.ts; of a singular S1, which torch.linalg.cholesky refuses, it is made of the eigenvectors.
"""
import json
import os
import sys
import time
from pathlib import Path

import torch

from exchange import dim, read_moments

sys.path.append(str(Path(__file__).parent.parent))
from torch_blas import blas

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
(mu1, sigma1), (mu2, sigma2) = [[torch.from_numpy(x) for x in read_moments(name)] for name in "ab"]
print(json.dumps({"name": f"PyTorch {torch.__version__}", "parameters": dim, "blas": ["mkl"] if torch.backends.mkl.is_available() else blas()}), flush=True)


def factorize(sigma):
    factor, info = torch.linalg.cholesky_ex(sigma)
    if info == 0:
        return factor
    values, vectors = torch.linalg.eigh(sigma)
    return vectors * values.clamp(min=0).sqrt()


for _ in sys.stdin:
    start = time.process_time()
    factor = factorize(sigma1)
    values = torch.linalg.eigvalsh(factor.T @ sigma2 @ factor)
    trace = values.clamp(min=0).sqrt().sum()
    distance = (mu1 - mu2).square().sum() + sigma1.trace() + sigma2.trace() - 2 * trace
    ms = (time.process_time() - start) * 1000
    print(json.dumps({"ms": ms, "values": [float(distance)]}), flush=True)
