"""The work of ours.ts in PyTorch, on request: one line in, one line of JSON out. Reads the weights and images of ours.ts."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).parent.parent))
from inception_torch import Inception
from torch_blas import blas

settings = json.loads(sys.argv[1])
exchange = Path(settings["exchange"])
COMPARED = 4

net = Inception().eval().requires_grad_(False)
net.load_state_dict(torch.load(exchange / "weights.pth"), strict=False)
shape = (settings["images"], settings["resolution"], settings["resolution"], 3)
images = torch.frombuffer(bytearray((exchange / "images.u8").read_bytes()), dtype=torch.uint8).view(shape)
parameters = sum(v.numel() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked"))
print(json.dumps({"name": f"PyTorch {torch.__version__}", "parameters": parameters, "blas": blas()}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    with torch.inference_mode():
        found = []
        for batch in images.split(settings["batch"]):
            features, logits = net(batch.permute(0, 3, 1, 2).float())
            torch.softmax(logits, 1)
            found.append(features)
    ms = (time.perf_counter() - start) * 1000
    values = torch.cat(found)[:COMPARED].flatten().tolist()
    print(json.dumps({"ms": ms, "values": values}), flush=True)
