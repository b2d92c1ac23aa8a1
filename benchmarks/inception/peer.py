"""The work of ours.ts in PyTorch, on request: one line in, one line of JSON out. Reads the weights and images of ours.ts."""
import json
import sys
import time
from pathlib import Path

import torch

sys.path += [str(Path(__file__).parent.parent / folder) for folder in ("train-step", ".")]
from inception_torch import Inception
from peer_precision import compile_networks, use_precision
from torch_blas import blas, facts

settings = json.loads(sys.argv[1])
exchange = Path(settings["exchange"])
torch.set_num_threads(settings["threads"])
COMPARED = 4

net = Inception().eval().requires_grad_(False)
net.load_state_dict(torch.load(exchange / "weights.pth"), strict=False)
use_precision(net, settings)
compile_networks([net], settings)
autocasts = settings.get("torch", {}).get("precision") == "bf16"
shape = (settings["images"], settings["resolution"], settings["resolution"], 3)
images = torch.frombuffer(bytearray((exchange / "images.u8").read_bytes()), dtype=torch.uint8).view(shape)
parameters = sum(v.numel() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked"))
print(json.dumps({"name": facts(), "parameters": parameters, "blas": blas()}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    with torch.inference_mode():
        found = []
        for batch in images.split(settings["batch"]):
            with torch.autocast("cpu", torch.bfloat16, enabled=autocasts):
                features, logits = net(batch.permute(0, 3, 1, 2).float())
            torch.softmax(logits.float(), 1)
            found.append(features.float())
    ms = (time.perf_counter() - start) * 1000
    values = torch.cat(found)[:COMPARED].flatten().tolist()
    print(json.dumps({"ms": ms, "values": values}), flush=True)
