"""The DDPM++ network of Song et al. 2021 with the preconditioning of Karras et al. 2022, in plain PyTorch."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def group_norm(channels):
    return nn.GroupNorm(min(32, channels // 4), channels, eps=1e-6)


class Block(nn.Module):
    """A residual block. Its layers are created in the order in which weights.f32 lists their parameters."""

    def __init__(self, cin, cout, emb, up=False, down=False, attention=False):
        super().__init__()
        self.cin, self.up, self.down, self.attention = cin, up, down, attention
        self.norm0 = group_norm(cin)
        self.conv0 = nn.Conv2d(cin, cout, 3, padding=1)
        self.affine = nn.Linear(emb, cout)
        self.norm1 = group_norm(cout)
        self.conv1 = nn.Conv2d(cout, cout, 3, padding=1)
        self.skip = nn.Conv2d(cin, cout, 1) if cin != cout or up or down else None
        if attention:
            self.norm2, self.qkv, self.proj = group_norm(cout), nn.Conv2d(cout, 3 * cout, 1), nn.Conv2d(cout, cout, 1)

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
            # A channel's query, key and value lie next to each other.
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
                last = block == num_blocks
                self.dec.append(Block(c + skips.pop(), model_channels * mult, emb, attention=attention and last))
                c = model_channels * mult
        self.norm, self.last = group_norm(c), nn.Conv2d(c, channels, 3, padding=1)

    def forward(self, x, noise, labels):
        half = self.model_channels // 2
        freqs = (1 / 10000) ** (torch.arange(half, device=noise.device) / (half - 1))
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


class Denoiser(nn.Module):
    """D(x; sigma) = c_skip x + c_out F(c_in x; c_noise), Eq. (7), Karras et al. 2022, with sigma_data = 0.5."""

    def __init__(self, network):
        super().__init__()
        self.unet = UNet(**network)
        self.autocasts = False

    def forward(self, x, sigma, labels):
        s = sigma[:, None, None, None]
        total = s**2 + 0.25
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.autocasts):
            f = self.unet(x / total.sqrt(), sigma.log() / 4, labels)
        return x * 0.25 / total + f.float() * s * 0.5 / total.sqrt()
