"""Stand-ins for the classes of the published networks, in plain PyTorch: the same state-dict names, constructor
arguments and outputs, written from the description of the networks. DDPM++ (positional embedding, standard encoder and
decoder) and ADM. Tests load files into them that are meant for the published classes.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch_utils import persistence


@persistence.persistent_class
class GroupNorm(nn.Module):
    def __init__(self, channels, eps):
        super().__init__()
        self.groups, self.eps = min(32, channels // 4), eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return F.group_norm(x, self.groups, self.weight, self.bias, self.eps)


@persistence.persistent_class
class Conv(nn.Module):
    """A convolution after doubling or halving the image; without a kernel, only that."""

    def __init__(self, cin, cout, kernel, up=False, down=False):
        super().__init__()
        self.up, self.down, self.kernel = up, down, kernel
        self.weight = nn.Parameter(torch.randn(cout, cin, kernel, kernel) / math.sqrt(cin * kernel**2)) if kernel else None
        self.bias = nn.Parameter(torch.zeros(cout)) if kernel else None
        self.register_buffer("resample_filter", torch.full((1, 1, 2, 2), 0.25) if up or down else None)

    def forward(self, x):
        if self.up:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        if self.down:
            x = F.avg_pool2d(x, 2)
        return F.conv2d(x, self.weight, self.bias, padding=self.kernel // 2) if self.kernel else x


@persistence.persistent_class
class Block(nn.Module):
    def __init__(self, cin, cout, emb, kind, up=False, down=False, attention=False):
        super().__init__()
        self.cin, self.kind = cin, kind
        self.heads = 0 if not attention else 1 if kind["heads"] is None else cout // kind["heads"]
        self.norm0 = GroupNorm(cin, kind["eps"])
        self.conv0 = Conv(cin, cout, 3, up, down)
        self.affine = nn.Linear(emb, cout * (2 if kind["adaptive"] else 1))
        self.norm1 = GroupNorm(cout, kind["eps"])
        self.conv1 = Conv(cout, cout, 3)
        has_kernel = cin != cout or (kind["resample_proj"] and (up or down))
        self.skip = Conv(cin, cout, 1 if has_kernel else 0, up, down) if has_kernel or up or down else None
        if self.heads:
            self.norm2, self.qkv, self.proj = GroupNorm(cout, kind["eps"]), Conv(cout, 3 * cout, 1), Conv(cout, cout, 1)

    def forward(self, x, emb):
        h = self.conv0(F.silu(self.norm0(x)))
        p = self.affine(emb)[:, :, None, None]
        if self.kind["adaptive"]:
            scale, shift = p.chunk(2, dim=1)
            h = F.silu(self.norm1(h) * (scale + 1) + shift)
        else:
            h = F.silu(self.norm1(h + p))
        x = (self.conv1(h) + (x if self.skip is None else self.skip(x))) * self.kind["scale"]
        if self.heads:
            n, c, height, width = x.shape
            # A channel's query, key and value lie next to each other.
            q, k, v = self.qkv(self.norm2(x)).reshape(n * self.heads, c // self.heads, 3, -1).unbind(2)
            weights = torch.softmax(torch.einsum("ncq,nck->nqk", q, k) / math.sqrt(c // self.heads), dim=2)
            x = (x + self.proj(torch.einsum("nqk,nck->ncq", weights, v).reshape(x.shape))) * self.kind["scale"]
        return x


SONG = dict(eps=1e-6, adaptive=False, resample_proj=True, scale=math.sqrt(0.5), heads=None)
ADM = dict(eps=1e-5, adaptive=True, resample_proj=False, scale=1.0, heads=64)


class UNet(nn.Module):
    kind, is_song = None, False

    def __init__(self, img_resolution, in_channels, out_channels, label_dim=0, augment_dim=0, model_channels=None,
                 channel_mult=None, channel_mult_emb=4, num_blocks=None, attn_resolutions=(), dropout=0.1, **others):
        super().__init__()
        song, emb = self.is_song, model_channels * channel_mult_emb
        self.model_channels, self.label_dim, self.augment_dim = model_channels, label_dim, augment_dim
        if song and label_dim:
            self.map_label = nn.Linear(label_dim, model_channels)
        if augment_dim:
            self.map_augment = nn.Linear(augment_dim, model_channels, bias=False)
        self.map_layer0, self.map_layer1 = nn.Linear(model_channels, emb), nn.Linear(emb, emb)
        if not song and label_dim:
            self.map_label = nn.Linear(label_dim, emb, bias=False)
        self.enc, self.dec = nn.ModuleDict(), nn.ModuleDict()
        c, skips = in_channels, []
        for level, mult in enumerate(channel_mult):
            r = img_resolution >> level
            if level == 0:
                first = model_channels if song else model_channels * mult
                self.enc[f"{r}x{r}_conv"] = Conv(c, first, 3)
                c = first
            else:
                self.enc[f"{r}x{r}_down"] = Block(c, c, emb, self.kind, down=True)
            skips.append(c)
            for i in range(num_blocks):
                self.enc[f"{r}x{r}_block{i}"] = Block(c, model_channels * mult, emb, self.kind, attention=r in attn_resolutions)
                c = model_channels * mult
                skips.append(c)
        for level, mult in reversed(list(enumerate(channel_mult))):
            r = img_resolution >> level
            if level == len(channel_mult) - 1:
                self.dec[f"{r}x{r}_in0"] = Block(c, c, emb, self.kind, attention=True)
                self.dec[f"{r}x{r}_in1"] = Block(c, c, emb, self.kind)
            else:
                self.dec[f"{r}x{r}_up"] = Block(c, c, emb, self.kind, up=True)
            for i in range(num_blocks + 1):
                attention = r in attn_resolutions and (i == num_blocks or not song)
                self.dec[f"{r}x{r}_block{i}"] = Block(c + skips.pop(), model_channels * mult, emb, self.kind, attention=attention)
                c = model_channels * mult
        if song:
            self.dec[f"{r}x{r}_aux_norm"] = GroupNorm(c, 1e-6)
            self.dec[f"{r}x{r}_aux_conv"] = Conv(c, out_channels, 3)
        else:
            self.out_norm, self.out_conv = GroupNorm(c, 1e-5), Conv(c, out_channels, 3)

    def embed(self, noise, labels, augment_labels):
        half = self.model_channels // 2
        freqs = (1 / 10000) ** (torch.arange(half, device=noise.device) / (half - (1 if self.is_song else 0)))
        angles = noise[:, None] * freqs
        emb = torch.cat([angles.sin(), angles.cos()] if self.is_song else [angles.cos(), angles.sin()], dim=1)
        if self.is_song and self.label_dim:
            emb = emb + self.map_label(labels * math.sqrt(self.label_dim))
        if self.augment_dim and augment_labels is not None:
            emb = emb + self.map_augment(augment_labels)
        emb = self.map_layer1(F.silu(self.map_layer0(emb)))
        if not self.is_song and self.label_dim:
            emb = emb + self.map_label(labels)
        return F.silu(emb)

    def forward(self, x, noise, labels, augment_labels=None):
        emb = self.embed(noise, labels, augment_labels)
        skips = []
        for block in self.enc.values():
            x = block(x, emb) if isinstance(block, Block) else block(x)
            skips.append(x)
        for block in self.dec.values():
            if isinstance(block, Block):
                x = block(x if x.shape[1] == block.cin else torch.cat([x, skips.pop()], dim=1), emb)
            else:
                x = F.silu(block(x)) if isinstance(block, GroupNorm) else block(x)
        return x if self.is_song else self.out_conv(F.silu(self.out_norm(x)))


@persistence.persistent_class
class SongUNet(UNet):
    kind, is_song = SONG, True


@persistence.persistent_class
class DhariwalUNet(UNet):
    kind, is_song = ADM, False


@persistence.persistent_class
class EDMPrecond(nn.Module):
    """D(x; sigma) = c_skip x + c_out F(c_in x; c_noise), Eq. (7), Karras et al. 2022."""

    def __init__(self, img_resolution, img_channels, label_dim=0, use_fp16=False, sigma_min=0, sigma_max=float("inf"),
                 sigma_data=0.5, model_type="DhariwalUNet", **model_kwargs):
        super().__init__()
        self.img_resolution, self.img_channels, self.label_dim = img_resolution, img_channels, label_dim
        self.use_fp16, self.sigma_min, self.sigma_max, self.sigma_data = use_fp16, sigma_min, sigma_max, sigma_data
        shape = dict(img_resolution=img_resolution, in_channels=img_channels, out_channels=img_channels)
        self.model = globals()[model_type](**shape, label_dim=label_dim, **model_kwargs)

    def forward(self, x, sigma, class_labels=None, force_fp32=False, **conditions):
        x, sigma = x.float(), sigma.float().reshape(-1, 1, 1, 1)
        if self.label_dim:
            labels = torch.zeros([1, self.label_dim], device=x.device) if class_labels is None else class_labels.float()
        else:
            labels = None
        total = sigma**2 + self.sigma_data**2
        f = self.model(x / total.sqrt(), (sigma.log() / 4).flatten(), labels, **conditions)
        return x * self.sigma_data**2 / total + f * sigma * self.sigma_data / total.sqrt()

    def round_sigma(self, sigma):
        return torch.as_tensor(sigma)
