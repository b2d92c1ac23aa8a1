"""The examples in PyTorch: for each line of input, a training step and a line of JSON."""
import json
import math
import os
import sys
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from torch import nn

sys.path.append(str(Path(__file__).parent.parent))
from torch_blas import blas

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])


def read(name, dtype):
    return torch.from_numpy(numpy.fromfile(os.path.join(settings["exchange"], name), dtype=dtype))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dense = nn.Linear(1600, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.dense(x.flatten(1))

    def load(self, take):
        for conv, shape in (self.conv1, (3, 3, 1, 32)), (self.conv2, (3, 3, 32, 64)):
            conv.weight.data.copy_(take(shape).permute(3, 2, 0, 1))
            conv.bias.data.copy_(take(shape[-1:]))
        # tfjs flattens in the order height, width, channel.
        self.dense.weight.data.copy_(take((5, 5, 64, 10)).permute(3, 2, 0, 1).reshape(10, 1600))
        self.dense.bias.data.copy_(take((10,)))


class Transformer(nn.Module):
    def __init__(self, sequence=128, width=256, heads=8, tokens=256):
        super().__init__()
        self.heads, self.sequence, self.width = heads, sequence, width
        self.embedding = nn.Embedding(tokens, width)
        self.position = nn.Parameter(torch.zeros(sequence, width))
        self.norm1, self.qkv, self.out = nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm3, self.logits = nn.LayerNorm(width), nn.Linear(width, tokens)
        self.register_buffer("mask", torch.full((sequence, sequence), -1e9).triu(1))

    def attention(self, x):
        n, s, width = x.shape
        q, k, v = self.qkv(x).reshape(n, s, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // self.heads) + self.mask, dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, s, width))

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position
        x = x + self.attention(self.norm1(x))
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.logits(self.norm3(x)).flatten(0, 1)

    def load(self, take):
        self.embedding.weight.data.copy_(take(self.embedding.weight.shape))
        self.position.data.copy_(take(self.position.shape))
        for layer in self.norm1, self.qkv, self.out, self.norm2, self.up, self.down, self.norm3, self.logits:
            layer.weight.data.copy_(take(layer.weight.shape[::-1]).t() if layer.weight.ndim == 2 else take(layer.weight.shape))
            layer.bias.data.copy_(take(layer.bias.shape))


weights, at = read("weights.f32", numpy.float32), 0


def take(shape):
    global at
    count = math.prod(shape)
    at += count
    return weights[at - count : at].reshape(tuple(shape))


classifies = settings["example"] == "classifier"
net = Classifier() if classifies else Transformer()
net.load(take)
assert at == len(weights), f"{len(weights)} weights, {at} used"
batches = settings["batches"]
inputs = read("inputs", numpy.float32 if classifies else numpy.int32)
inputs = inputs.reshape(batches, -1, 1, 28, 28) if classifies else inputs.long().reshape(batches, -1, net.sequence)
targets = read("targets", numpy.int32).long().reshape(batches, -1)
# tfjs's Adam has this epsilon.
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7)

name = f"PyTorch {torch.__version__}"
print(json.dumps({"name": name, "parameters": sum(p.numel() for p in net.parameters()), "blas": blas()}), flush=True)
for round, _ in enumerate(sys.stdin):
    start = time.perf_counter()
    loss = F.cross_entropy(net(inputs[round % batches]), targets[round % batches])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    value = loss.item()
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "values": [value]}), flush=True)
