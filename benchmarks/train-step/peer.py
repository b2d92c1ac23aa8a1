"""The quickstart's network in PyTorch: one training step and one forward pass, timed on request.

Reads one line from standard input per measurement (`step` or `forward`), answers with one line: milliseconds.
The first line it writes is its name and version, the second the number of parameters.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

settings = json.loads(sys.argv[1])
torch.set_num_threads(settings["threads"])
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, cin, cout, emb, up=False, down=False, attention=False):
        super().__init__()
        self.cin, self.up, self.down = cin, up, down
        norm = lambda c: nn.GroupNorm(min(32, c // 4), c, eps=1e-6)
        self.norm0, self.norm1 = norm(cin), norm(cout)
        self.conv0, self.conv1 = nn.Conv2d(cin, cout, 3, padding=1), nn.Conv2d(cout, cout, 3, padding=1)
        self.affine = nn.Linear(emb, cout)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout or up or down else None
        self.attention = attention
        if attention:
            self.norm2, self.qkv, self.proj = norm(cout), nn.Conv2d(cout, 3 * cout, 1), nn.Conv2d(cout, cout, 1)

    def resample(self, x):
        if self.up:
            return F.interpolate(x, scale_factor=2, mode="nearest")
        return F.avg_pool2d(x, 2) if self.down else x

    def forward(self, x, emb):
        h = self.conv0(self.resample(F.silu(self.norm0(x))))
        h = self.conv1(F.silu(self.norm1(h + self.affine(emb)[:, :, None, None])))
        x = (h + (x if self.skip is None else self.skip(self.resample(x)))) * math.sqrt(0.5)
        if self.attention:
            n, c, height, width = x.shape
            q, k, v = self.qkv(self.norm2(x)).reshape(n, c, 3, height * width).unbind(2)
            weights = torch.softmax(torch.bmm(q.transpose(1, 2), k) / math.sqrt(c), dim=2)
            attended = torch.bmm(v, weights.transpose(1, 2)).reshape(n, c, height, width)
            x = (x + self.proj(attended)) * math.sqrt(0.5)
        return x


class UNet(nn.Module):
    def __init__(self, resolution, channels, label_dim, model_channels, channel_mult, num_blocks, attn_resolutions):
        super().__init__()
        emb = 4 * model_channels
        self.model_channels, self.label_dim = model_channels, label_dim
        self.map_label = nn.Linear(label_dim, model_channels) if label_dim > 0 else None
        self.map_layer0, self.map_layer1 = nn.Linear(model_channels, emb), nn.Linear(emb, emb)
        self.first = nn.Conv2d(channels, model_channels, 3, padding=1)
        self.enc, self.dec = nn.ModuleList(), nn.ModuleList()
        c, skips = model_channels, [model_channels]
        for level, mult in enumerate(channel_mult):
            attention = resolution >> level in attn_resolutions
            if level > 0:
                self.enc.append(Block(c, c, emb, down=True))
                skips.append(c)
            for _ in range(num_blocks):
                self.enc.append(Block(c, model_channels * mult, emb, attention=attention))
                c = model_channels * mult
                skips.append(c)
        for level, mult in reversed(list(enumerate(channel_mult))):
            attention = resolution >> level in attn_resolutions
            if level == len(channel_mult) - 1:
                self.dec += [Block(c, c, emb, attention=True), Block(c, c, emb)]
            else:
                self.dec.append(Block(c, c, emb, up=True))
            for block in range(num_blocks + 1):
                self.dec.append(Block(c + skips.pop(), model_channels * mult, emb, attention=attention and block == num_blocks))
                c = model_channels * mult
        self.norm, self.last = nn.GroupNorm(min(32, c // 4), c, eps=1e-6), nn.Conv2d(c, channels, 3, padding=1)

    def forward(self, x, noise, labels):
        half = self.model_channels // 2
        freqs = (1 / 10000) ** (torch.arange(half) / (half - 1))
        angles = noise[:, None] * freqs
        emb = torch.cat([angles.sin(), angles.cos()], dim=1)
        if self.map_label is not None:
            emb = emb + self.map_label(labels * math.sqrt(self.label_dim))
        emb = F.silu(self.map_layer1(F.silu(self.map_layer0(emb))))
        x = self.first(x)
        skips = [x]
        for block in self.enc:
            x = block(x, emb)
            skips.append(x)
        for block in self.dec:
            x = block(x if x.shape[1] == block.cin else torch.cat([x, skips.pop()], dim=1), emb)
        return self.last(F.silu(self.norm(x)))


net = UNet(**settings["network"])
ema = [p.detach().clone() for p in net.parameters()]
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
n, resolution, channels = settings["batch"], settings["network"]["resolution"], settings["network"]["channels"]
images = torch.randn(n, channels, resolution, resolution)
label_dim = settings["network"]["label_dim"]
labels = F.one_hot(torch.arange(n) % label_dim, label_dim).float() if label_dim > 0 else None


def denoise(x, sigma):
    s = sigma[:, None, None, None]
    total = s**2 + 0.25
    return x * 0.25 / total + net(x / total.sqrt(), sigma.log() / 4, labels) * s * 0.5 / total.sqrt()


def step():
    sigma = (torch.randn(n) * 1.2 - 1.2).exp()
    s = sigma[:, None, None, None]
    loss = ((s**2 + 0.25) / (s * 0.5) ** 2 * (denoise(images + torch.randn_like(images) * s, sigma) - images) ** 2).sum() / n
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    for p in net.parameters():
        torch.nan_to_num(p.grad, nan=0, posinf=1e5, neginf=-1e5, out=p.grad)
    optimizer.step()
    with torch.no_grad():
        torch._foreach_mul_(ema, 0.999)
        torch._foreach_add_(ema, [p.detach() for p in net.parameters()], alpha=0.001)
    return loss.item()


def forward():
    with torch.no_grad():
        denoise(images, torch.ones(n))


print(f"PyTorch {torch.__version__}", flush=True)
print(sum(p.numel() for p in net.parameters()), flush=True)
for line in sys.stdin:
    work = {"step": step, "forward": forward}[line.strip()]
    start = time.perf_counter()
    work()
    print((time.perf_counter() - start) * 1000, flush=True)
