"""Writes networks/*.safetensors: small networks with the constructor options that no published configuration changes,
their outputs and gradients, computed with PyTorch in float64 from the description of the networks (reference page,
sections 1.1 to 1.4). Run: python3 networks.py

Weights are the formula of the reference numbers' README, so the files hold none. Of the gradients they hold those of
small biases all over the network, and of the layers that only some options have.
"""
import json
import math
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F

SONG = dict(
    model_type="SongUNet", augment_dim=0, model_channels=4, channel_mult=[1, 2, 2], channel_mult_emb=2, num_blocks=1,
    attn_resolutions=[], dropout=0.1, label_dropout=0, embedding_type="positional", channel_mult_noise=1,
    encoder_type="standard", decoder_type="standard", resample_filter=[1, 1],
)
ADM = dict(
    model_type="DhariwalUNet", augment_dim=0, model_channels=16, channel_mult=[1, 4], channel_mult_emb=2, num_blocks=1,
    attn_resolutions=[], dropout=0.1, label_dropout=0,
)
# name: image channels, length of a label, whether one is given, options
NETWORKS = {
    "skip-skip": (3, 3, True, dict(SONG, encoder_type="skip", decoder_type="skip", resample_filter=[1, 3, 3, 1],
                                   attn_resolutions=[8, 4], augment_dim=2)),
    "residual-skip-fourier": (3, 0, False, dict(SONG, encoder_type="residual", decoder_type="skip",
                                                channel_mult_noise=2, embedding_type="fourier", attn_resolutions=[2],
                                                label_dropout=0.1)),
    "skip-standard": (1, 3, False, dict(SONG, encoder_type="skip", num_blocks=2, channel_mult=[2, 1],
                                        channel_mult_emb=3)),
    "standard-skip": (2, 0, False, dict(SONG, decoder_type="skip", channel_mult_noise=3, augment_dim=4,
                                        resample_filter=[1, 5, 10, 10, 5, 1])),
    "residual-standard": (3, 2, True, dict(SONG, encoder_type="residual", resample_filter=[1, 2, 5, 3], num_blocks=2,
                                           channel_mult=[1, 2], attn_resolutions=[4])),
    # Blocks of less than 64 channels have no heads, so no attention; those of 128 have two.
    "adm-heads": (3, 4, True, dict(ADM, model_channels=32, attn_resolutions=[8, 4], augment_dim=2)),
    "adm-null-label": (1, 4, False, dict(ADM, channel_mult=[1, 2, 4], num_blocks=2, channel_mult_emb=1)),
}


def formula(name, shape):
    state = 0x811C9DC5
    for byte in name.encode():
        state = (state ^ byte) * 0x01000193 % 2**32
    values = np.empty(math.prod(shape))
    for i in range(len(values)):
        state = (1664525 * state + 1013904223) % 2**32
        values[i] = 2 * state / 2**32 - 1
    if len(shape) > 1:
        values *= math.sqrt(3 / math.prod(shape[1:]))
    else:
        values = 1 + 0.2 * values if name.endswith("weight") else 0.1 * values
    return torch.tensor(values.astype(np.float32).reshape(shape), dtype=torch.float64, requires_grad=True)


class Weights(dict):
    """Every weight that was asked for, by its full name."""

    def get(self, name, *shape):
        return self.setdefault(name, formula(name, shape))

    def linear(self, name, x, width, bias=True):
        y = x @ self.get(f"{name}.weight", width, x.shape[1]).T
        return y + self.get(f"{name}.bias", width) if bias else y

    def norm(self, name, x, eps):
        c = x.shape[1]
        groups = min(32, c // 4)
        weight, bias = self.get(f"{name}.weight", c).to(x.dtype), self.get(f"{name}.bias", c).to(x.dtype)
        return F.group_norm(x, groups, weight, bias, eps)

    def conv(self, name, x, width, kernel, padding=None):
        weight = self.get(f"{name}.weight", width, x.shape[1], kernel, kernel)
        padding = kernel // 2 if padding is None else padding
        return F.conv2d(x, weight.to(x.dtype), self.get(f"{name}.bias", width).to(x.dtype), padding=padding)

    def product(self, x, y):
        return x @ y.to(x.dtype)


def resample(x, how, taps, padding=None):
    if how is None:
        return x
    c = x.shape[1]
    taps = torch.tensor(taps, dtype=torch.float64)
    weight = (torch.outer(taps, taps) / taps.sum() ** 2).to(x.dtype).expand(c, 1, -1, -1)
    padding = (len(taps) - 1) // 2 if padding is None else padding
    if how == "up":
        return F.conv_transpose2d(x, 4 * weight, groups=c, stride=2, padding=padding)
    return F.conv2d(x, weight, groups=c, stride=2, padding=padding)


def attention(w, name, x, heads, eps):
    n, c, height, width = x.shape
    qkv = w.conv(f"{name}.qkv", w.norm(f"{name}.norm2", x, eps), 3 * c, 1)
    q, k, v = qkv.reshape(n * heads, c // heads, 3, height * width).unbind(2)
    weights = torch.softmax(q.double().transpose(1, 2) @ k.double() / math.sqrt(c // heads), dim=2)
    return w.conv(f"{name}.proj", w.product(v, weights.transpose(1, 2)).reshape(x.shape), c, 1)


def block(w, name, x, emb, out, style, how=None, attend=False):
    """style: adm or not, taps of the filter"""
    adm, taps = style
    eps, skip_scale = (1e-5, 1.0) if adm else (1e-6, math.sqrt(0.5))
    h = w.conv(f"{name}.conv0", resample(F.silu(w.norm(f"{name}.norm0", x, eps)), how, taps), out, 3)
    p = w.linear(f"{name}.affine", emb, 2 * out if adm else out)[:, :, None, None].to(x.dtype)
    if adm:
        scale, shift = p.chunk(2, dim=1)
        h = F.silu(w.norm(f"{name}.norm1", h, eps) * (scale + 1) + shift)
    else:
        h = F.silu(w.norm(f"{name}.norm1", h + p, eps))
    h = w.conv(f"{name}.conv1", h, out, 3)
    shortcut = resample(x, how, taps)
    if x.shape[1] != out or (how is not None and not adm):
        shortcut = w.conv(f"{name}.skip", shortcut, out, 1)
    x = (h + shortcut) * skip_scale
    heads = (out // 64 if adm else 1) if attend else 0
    return x if heads == 0 else (x + attention(w, name, x, heads, eps)) * skip_scale


def positional(x, n, endpoint):
    i = torch.arange(n // 2, dtype=torch.float64)
    angles = torch.outer(x, (1 / 10000) ** (i / (n // 2 - endpoint)))
    return [angles.cos(), angles.sin()]


def embed(w, o, noise, labels, augment, freqs):
    width = o["model_channels"]
    out = width * o["channel_mult_emb"]
    if o["model_type"] == "DhariwalUNet":
        e = torch.cat(positional(noise, width, 0), 1)
        if augment is not None:
            e = e + w.linear("model.map_augment", augment, width, bias=False)
        e = w.linear("model.map_layer1", F.silu(w.linear("model.map_layer0", e, out)), out)
        if labels is not None:
            e = e + w.linear("model.map_label", labels, out, bias=False)
        return F.silu(e)
    n = width * o["channel_mult_noise"]
    if freqs is None:
        cos, sin = positional(noise, n, 1)
    else:
        angles = 2 * math.pi * torch.outer(noise, freqs)
        cos, sin = angles.cos(), angles.sin()
    e = torch.cat([sin, cos], 1)
    if labels is not None:
        e = e + w.linear("model.map_label", labels * math.sqrt(labels.shape[1]), n)
    if augment is not None:
        e = e + w.linear("model.map_augment", augment, n, bias=False)
    return F.silu(w.linear("model.map_layer1", F.silu(w.linear("model.map_layer0", e, out)), out))


def unet(w, o, x, emb):
    adm = o["model_type"] == "DhariwalUNet"
    encoder, decoder = o.get("encoder_type"), o.get("decoder_type")
    taps = o.get("resample_filter", [1, 1])
    style = (adm, taps)
    image_channels, size = x.shape[1:3]
    widths = [o["model_channels"] * m for m in o["channel_mult"]]
    at = lambda part, level: f"model.{part}.{size >> level}x{size >> level}_"
    attends = lambda level: (size >> level) in o["attn_resolutions"]
    kept, aux = [], x
    for level, width in enumerate(widths):
        name = at("enc", level)
        if level == 0:
            x = w.conv(f"{name}conv", x, width if adm else o["model_channels"], 3)
        else:
            x = block(w, f"{name}down", x, emb, x.shape[1], style, "down")
            if encoder == "skip":
                aux = resample(aux, "down", taps)
                x = x + w.conv(f"{name}aux_skip", aux, x.shape[1], 1)
            if encoder == "residual":
                convolved = w.conv(f"{name}aux_residual", aux, x.shape[1], 3, padding=1 + (len(taps) - 1) // 2)
                aux = x = (x + resample(convolved, "down", taps, padding=0)) / math.sqrt(2)
        kept.append(x)
        for i in range(o["num_blocks"]):
            x = block(w, f"{name}block{i}", x, emb, width, style, attend=attends(level))
            kept.append(x)
    image = None
    for level, width in reversed(list(enumerate(widths))):
        name = at("dec", level)
        if level == len(widths) - 1:
            x = block(w, f"{name}in0", x, emb, width, style, attend=True)
            x = block(w, f"{name}in1", x, emb, width, style)
        else:
            x = block(w, f"{name}up", x, emb, x.shape[1], style, "up")
        for i in range(o["num_blocks"] + 1):
            attend = attends(level) and (adm or i == o["num_blocks"])
            x = block(w, f"{name}block{i}", torch.cat([x, kept.pop()], 1), emb, width, style, attend=attend)
        if not adm and (decoder == "skip" or level == 0):
            if image is not None:
                image = resample(image, "up", taps)
            out = w.conv(f"{name}aux_conv", F.silu(w.norm(f"{name}aux_norm", x, 1e-6)), image_channels, 3)
            image = out if image is None else image + out
    assert kept == []
    return image if not adm else w.conv("model.out_conv", F.silu(w.norm("model.out_norm", x, 1e-5)), image_channels, 3)


def denoise(w, o, x, sigma, labels, augment, freqs, dtype=torch.float64):
    s = sigma[:, None, None, None]
    root = torch.sqrt(s**2 + 0.25)
    emb = embed(w, o, sigma.log() / 4, labels, augment, freqs)
    return 0.25 / (s**2 + 0.25) * x + s * 0.5 / root * unet(w, o, (x / root).to(dtype), emb).double()


def is_kept(name, size):
    return size <= (128 if name.endswith("bias") else 300 if any(p in name for p in ("aux", "map", "skip")) else 0)


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for key, value in tensors.items():
        value = np.ascontiguousarray(value.detach().numpy(), dtype=np.float32)
        header[key] = dict(dtype="F32", shape=list(value.shape), data_offsets=[len(data), len(data) + value.nbytes])
        data += value.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    rng = np.random.RandomState(0)
    normal = lambda *shape: torch.tensor(rng.randn(*shape).astype(np.float32)).double()
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks")
    for name, (channels, label_dim, labelled, options) in NETWORKS.items():
        sigma = torch.tensor(np.float32([0.05, 2.5])).double()
        x = normal(2, channels, 8, 8)
        x = (x * torch.sqrt(sigma**2 + 0.25)[:, None, None, None]).float().double().requires_grad_()
        cotangent = normal(2, channels, 8, 8)
        given = dict(x=x, sigma=sigma, cotangent=cotangent)
        if labelled:
            given["class_labels"] = torch.eye(label_dim, dtype=torch.float64)[[0, label_dim - 1]]
        if options["augment_dim"]:
            given["augment_labels"] = normal(2, options["augment_dim"])
        freqs = None
        if options.get("embedding_type") == "fourier":
            freqs = 16 * normal(options["model_channels"] * options["channel_mult_noise"] // 2)
            given["buffer.model.map_noise.freqs"] = freqs
        labels = given.get("class_labels", torch.zeros(1, label_dim, dtype=torch.float64) if label_dim else None)
        w = Weights()
        y = denoise(w, options, x, sigma, labels, given.get("augment_labels"), freqs)
        (y * cotangent).sum().backward()
        grads = {f"grad.{key}": v.grad for key, v in w.items() if is_kept(key, v.numel())}
        metadata = dict(precond="edm", img_resolution="8", img_channels=str(channels), label_dim=str(label_dim),
                        kwargs=json.dumps(options), weights="formula",
                        parameters=str(sum(v.numel() for v in w.values())))
        write(os.path.join(folder, f"{name}.safetensors"), {**given, "y": y, "grad.x": x.grad, **grads}, metadata)


if __name__ == "__main__":
    main()
