"""The rates of ceiling.ts in PyTorch: one line in, one line of JSON out."""
import json
import sys
import time

import torch
import torch.nn.functional as F

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])


def rate(step, cost, times=2):
    """Operations or bytes per nanosecond."""
    step()
    start = time.perf_counter()
    for _ in range(times):
        step()
    return times * cost / ((time.perf_counter() - start) * 1e9)


def gemm(n):
    a, b, out = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
    return rate(lambda: torch.mm(a, b, out=out), 2 * n**3)


def conv(n, r, c):
    x, filters = torch.randn(n, c, r, r), torch.randn(c, c, 3, 3)
    return rate(lambda: F.conv2d(x, filters, padding=1), 2 * n * r * r * 9 * c * c)


def add(n):
    a, b, out = torch.ones(n), torch.ones(n), torch.empty(n)
    return rate(lambda: torch.add(a, b, out=out), 12 * n, 8)


print(json.dumps({"name": f"PyTorch {torch.__version__}", "parameters": 0}), flush=True)
with torch.inference_mode():
    for _ in sys.stdin:
        values = [gemm(n) for n in settings["gemm"]] + [conv(*shape) for shape in settings["conv"]]
        print(json.dumps({"ms": 0, "values": values + [add(settings["add"])]}), flush=True)
