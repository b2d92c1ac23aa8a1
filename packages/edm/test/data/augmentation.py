"""Writes augmentation.safetensors: images, the parameters of their transforms, and the results, computed with PyTorch
in float64 from the description of the augmentation (reference page, section 1.11). Run: python3 augmentation.py
"""
import json
import math
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F

SYM6 = [
    0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633, 0.4910559419267466,
    0.787641141030194, 0.3379294217276218, -0.07263753278646252, -0.021060292512300564, 0.04472490177066578,
    0.0017677118642428036, -0.007800708325034148,
]


def scale(x, y):
    return torch.diag(torch.tensor([x, y, 1.0], dtype=torch.float64))


def rotate(angle):
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=torch.float64)


def translate(x, y):
    return torch.tensor([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=torch.float64)


def inverse_geometry(p, size):
    """S^-1(s,s) R^-1(-w) [R^-1(r) S^-1(s,1/s) R^-1(-r)] T^-1"""
    s = 2 ** (0.2 * p["scale"])
    g = torch.linalg.inv(scale(s, s)) @ torch.linalg.inv(rotate(-p["rotateFrac"]))
    s, r = 2 ** (0.2 * p["aniso"]["w"]), p["aniso"]["r"]
    g = g @ torch.linalg.inv(rotate(r)) @ torch.linalg.inv(scale(s, 1 / s)) @ torch.linalg.inv(rotate(-r))
    x, y = p["translateFrac"]
    return g @ torch.linalg.inv(translate(0.125 * size * x, 0.125 * size * y))


def filtered(images, kernel, axis, stride, padding):
    c = images.shape[1]
    shape = [1, 1, -1, 1] if axis == 2 else [1, 1, 1, -1]
    pick = lambda v, other: [v, other] if axis == 2 else [other, v]
    weight = kernel.reshape(shape).repeat([c, 1, 1, 1])
    return F.conv2d(images, weight, groups=c, stride=pick(stride, 1), padding=pick(padding, 0))


def zero_inserted(images, axis):
    stacked = torch.stack([images, torch.zeros_like(images)], dim=axis + 1).flatten(axis, axis + 1)
    return stacked.narrow(axis, 0, stacked.shape[axis] - 1)


def warp(image, g):
    """image [1, C, S, S]; the margin is the largest there can be, S - 1."""
    taps = torch.tensor(SYM6, dtype=torch.float64)
    size = image.shape[2]
    x = F.pad(image, [size - 1] * 4, mode="reflect")
    for axis in (2, 3):
        x = filtered(zero_inserted(x, axis), taps.flip(0), axis, 1, 6)
    g = scale(2, 2) @ g @ torch.linalg.inv(scale(2, 2))
    g = translate(-0.5, -0.5) @ g @ torch.linalg.inv(translate(-0.5, -0.5))
    side = (size + 6) * 2
    g = scale(2 / x.shape[3], 2 / x.shape[2]) @ g @ torch.linalg.inv(scale(2 / side, 2 / side))
    grid = F.affine_grid(g[None, :2, :], [1, image.shape[1], side, side], align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    for axis in (2, 3):
        x = filtered(x, taps, axis, 2, 5).narrow(axis, 3, size)
    return x


def move_pixels(image, p):
    size = image.shape[2]
    if p["xflip"]:
        image = image.flip(3)
    if p["yflip"]:
        image = image.flip(2)
    image = torch.rot90(image, p["rotateInt"], [2, 3])
    right, up = (round(w * 0.125 * size) for w in p["translateInt"])
    bounce = lambda i: size - 1 - abs(size - 1 - i % (2 * size - 2))
    rows = [bounce(y + up) for y in range(size)]
    columns = [bounce(x - right) for x in range(size)]
    return image[:, :, rows][:, :, :, columns]


def colours(image, p):
    v = torch.ones(3, 1, dtype=torch.float64) / math.sqrt(3)
    vv, eye = v @ v.T, torch.eye(3, dtype=torch.float64)
    m, t = eye.clone(), torch.full([3, 1], 0.2 * p["brightness"], dtype=torch.float64)
    skew = torch.tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], dtype=torch.float64) / math.sqrt(3)
    steps = [
        2 ** (0.5 * p["contrast"]) * eye,
        eye - 2 * p["lumaflip"] * vv,
        torch.matrix_exp(p["hue"] * skew),
        vv + 2 ** p["saturation"] * (eye - vv),
    ]
    for step in steps:
        m, t = step @ m, step @ t
    flat = image.flatten(2)[0]
    if flat.shape[0] == 3:
        return (m @ flat + t).reshape(image.shape)
    return flat.reshape(image.shape) * m.mean(0).sum() + t.mean()


NONE = dict(
    xflip=0, yflip=0, rotateInt=0, translateInt=[0, 0], scale=0, rotateFrac=0, aniso=dict(w=0, r=0),
    translateFrac=[0, 0], brightness=0, contrast=0, lumaflip=0, hue=0, saturation=0,
)
CASES = [
    ("mirrored", 3, dict(xflip=1)),
    ("upside down", 3, dict(yflip=1)),
    ("quarter turn", 3, dict(rotateInt=1)),
    ("whole pixels", 3, dict(translateInt=[0.9, 0.4])),
    ("magnified", 3, dict(scale=1.3)),
    ("reduced", 3, dict(scale=-2.5)),
    ("rotated", 3, dict(rotateFrac=0.7)),
    ("stretched", 3, dict(aniso=dict(w=1.1, r=-2.2))),
    ("moved", 3, dict(translateFrac=[1.3, -0.4])),
    ("moved out of the mirrored image", 3, dict(translateFrac=[7.5, -6.4], rotateFrac=0.3)),
    ("all geometry, grey", 1, dict(xflip=1, yflip=1, rotateInt=3, translateInt=[-0.7, 0.6], scale=0.4, rotateFrac=-1.9,
                                   aniso=dict(w=-0.8, r=0.5), translateFrac=[-0.3, 0.9])),
    ("colours", 3, dict(brightness=0.6, contrast=-0.7, lumaflip=1, hue=2.1, saturation=0.5)),
    ("colours, grey", 1, dict(brightness=0.6, contrast=-0.7, lumaflip=1, hue=2.1, saturation=0.5)),
    ("everything", 3, dict(xflip=1, rotateInt=2, scale=-0.5, rotateFrac=0.2, aniso=dict(w=0.3, r=1.0),
                           translateFrac=[0.2, 0.1], brightness=-0.4, contrast=0.3, hue=-1.0, saturation=-0.6)),
]


def main():
    rng = np.random.RandomState(0)
    tensors, cases = {}, []
    for i, (name, channels, given) in enumerate(CASES):
        p = {**NONE, **given}
        image = torch.tensor(rng.uniform(-1, 1, [1, channels, 12, 12]).astype(np.float32)).double()
        result = move_pixels(image, p)
        if p["scale"] or p["rotateFrac"] or p["aniso"]["w"] or any(p["translateFrac"]):
            result = warp(result, inverse_geometry(p, 12))
        result = colours(result, p)
        for key, value in (("image", image), ("result", result)):
            tensors[f"{key}.{i}"] = value[0].permute(1, 2, 0).contiguous().numpy().astype(np.float32)
        cases.append(dict(name=name, parameters=p))
    header, data = {"__metadata__": {"cases": json.dumps(cases)}}, b""
    for key, value in tensors.items():
        offsets = [len(data), len(data) + value.nbytes]
        header[key] = dict(dtype="F32", shape=list(value.shape), data_offsets=offsets)
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "augmentation.safetensors")
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


main()
