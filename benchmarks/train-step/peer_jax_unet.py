"""The network of peer_unet.py in plain JAX: NHWC images, HWIO kernels, parameters in nested dictionaries.

XLA's convolutions on a CPU are of NHWC images: it transposes others, and the same network in NCHW took longer.
"""
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax


class Block(NamedTuple):
    """What a residual block does, and its numbers of channels."""

    cin: int
    cout: int
    up: bool = False
    down: bool = False
    attention: bool = False


def blocks(channels, resolution, model_channels, channel_mult, num_blocks, attn_resolutions, label_dim):
    """The blocks of the encoder and of the decoder, with the arguments of peer_unet.py."""
    encoder, decoder = [], []
    c, skips = model_channels, [model_channels]
    for level, mult in enumerate(channel_mult):
        attention = resolution >> level in attn_resolutions
        if level > 0:
            encoder.append(Block(c, c, down=True))
            skips.append(c)
        for _ in range(num_blocks):
            encoder.append(Block(c, model_channels * mult, attention=attention))
            c = model_channels * mult
            skips.append(c)
    for level, mult in reversed(list(enumerate(channel_mult))):
        attention = resolution >> level in attn_resolutions
        if level == len(channel_mult) - 1:
            decoder += [Block(c, c, attention=True), Block(c, c)]
        else:
            decoder.append(Block(c, c, up=True))
        for block in range(num_blocks + 1):
            last = block == num_blocks
            decoder.append(Block(c + skips.pop(), model_channels * mult, attention=attention and last))
            c = model_channels * mult
    return encoder, decoder


def load(network, take):
    """The parameters. `take(*shape)` reads the next ones of weights.f32, which lists them in PyTorch's order and layouts."""

    def conv(cin, cout, kernel):
        return {"weight": take(cout, cin, kernel, kernel).transpose(2, 3, 1, 0), "bias": take(cout)}

    def linear(cin, cout):
        return {"weight": take(cout, cin).T, "bias": take(cout)}

    def norm(c):
        return {"weight": take(c), "bias": take(c)}

    def load_block(block):
        cin, cout = block.cin, block.cout
        p = {"norm0": norm(cin), "conv0": conv(cin, cout, 3), "affine": linear(emb, cout)}
        p |= {"norm1": norm(cout), "conv1": conv(cout, cout, 3)}
        if cin != cout or block.up or block.down:
            p["skip"] = conv(cin, cout, 1)
        if block.attention:
            p |= {"norm2": norm(cout), "qkv": conv(cout, 3 * cout, 1), "proj": conv(cout, cout, 1)}
        return p

    c, channels, label_dim = network["model_channels"], network["channels"], network["label_dim"]
    emb = 4 * c
    encoder, decoder = blocks(**network)
    p = {"map_label": linear(label_dim, c)} if label_dim > 0 else {}
    p |= {"map_layer0": linear(c, emb), "map_layer1": linear(emb, emb), "first": conv(channels, c, 3)}
    p |= {"encoder": [load_block(block) for block in encoder], "decoder": [load_block(block) for block in decoder]}
    c = decoder[-1].cout
    return p | {"norm": norm(c), "last": conv(c, channels, 3)}


def conv(p, x):
    return lax.conv_general_dilated(x, p["weight"], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")) + p["bias"]


def linear(p, x):
    return x @ p["weight"] + p["bias"]


def group_norm(p, x):
    """Mean and variance in one pass over the pixels, as Flax takes them, then a factor and a term for each channel of an image."""
    n, _, _, c = x.shape
    groups = min(32, c // 4)
    of_groups = lambda values: values.mean((1, 2)).reshape(n, groups, -1).mean(2)
    mean = of_groups(x)
    inverse = lax.rsqrt(of_groups(jnp.square(x)) - jnp.square(mean) + 1e-6)
    of_channels = lambda values: jnp.repeat(values, c // groups, axis=1)
    factor = of_channels(inverse) * p["weight"]
    term = p["bias"] - of_channels(mean) * factor
    return x * factor[:, None, None] + term[:, None, None]


def resample(block, x):
    n, height, width, c = x.shape
    if block.up:
        return jnp.broadcast_to(x[:, :, None, :, None], (n, height, 2, width, 2, c)).reshape(n, 2 * height, 2 * width, c)
    return x.reshape(n, height // 2, 2, width // 2, 2, c).mean((2, 4)) if block.down else x


def attend(p, x):
    n, height, width, c = x.shape
    # A channel's query, key and value lie next to each other.
    qkv = conv(p["qkv"], group_norm(p["norm2"], x)).reshape(n, height * width, c, 3)
    q, k, v = (qkv[..., i] for i in range(3))
    weights = jax.nn.softmax(q @ k.transpose(0, 2, 1) / math.sqrt(c), axis=2)
    return (x + conv(p["proj"], (weights @ v).reshape(x.shape))) * math.sqrt(0.5)


def residual(block, p, x, emb):
    h = conv(p["conv0"], resample(block, jax.nn.silu(group_norm(p["norm0"], x))))
    h = conv(p["conv1"], jax.nn.silu(group_norm(p["norm1"], h + linear(p["affine"], emb)[:, None, None])))
    x = (h + (conv(p["skip"], resample(block, x)) if "skip" in p else x)) * math.sqrt(0.5)
    return attend(p, x) if block.attention else x


def unet(network, p, x, noise, labels):
    half = network["model_channels"] // 2
    angles = noise[:, None] * (1 / 10000) ** (jnp.arange(half) / (half - 1))
    emb = jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=1)
    if "map_label" in p:
        emb = emb + linear(p["map_label"], labels * math.sqrt(network["label_dim"]))
    emb = jax.nn.silu(linear(p["map_layer1"], jax.nn.silu(linear(p["map_layer0"], emb))))
    encoder, decoder = blocks(**network)
    x = conv(p["first"], x)
    skips = [x]
    for block, parameters in zip(encoder, p["encoder"]):
        x = residual(block, parameters, x, emb)
        skips.append(x)
    for block, parameters in zip(decoder, p["decoder"]):
        x = residual(block, parameters, x if x.shape[3] == block.cin else jnp.concatenate([x, skips.pop()], axis=3), emb)
    return conv(p["last"], jax.nn.silu(group_norm(p["norm"], x)))


def denoise(network, p, x, sigma, labels):
    """D(x; sigma) = c_skip x + c_out F(c_in x; c_noise), Eq. (7), Karras et al. 2022, with sigma_data = 0.5."""
    s = sigma[:, None, None, None]
    total = s**2 + 0.25
    return x * 0.25 / total + unet(network, p, x / jnp.sqrt(total), jnp.log(sigma) / 4, labels) * s * 0.5 / jnp.sqrt(total)
