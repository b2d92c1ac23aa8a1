"""Writes GANs as the published training code pickles them: both networks, the average, the data set's arguments, the augmentation.

usage: published_gans.py FOLDER < JSON

The JSON lists files: {"name", "architecture", "resolution", "channels", "labels", "width", "frozen", "leave"}. The networks have the
published names, shapes and arguments, random weights, and nothing to compute with. Unpickling one without its source fails: the text
that comes with it writes a file, so that a test sees whether it was run.
"""

import json
import math
import os
import pickle
import sys
import types

import torch

FOLDER = sys.argv[1]


def new_module(name):
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module


def owned_by(module, thing):
    thing.__module__, thing.__qualname__ = module.__name__, thing.__name__
    setattr(module, thing.__name__, thing)
    return thing


class EasyDict(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def _reconstruct_persistent_obj(meta):
    raise NotImplementedError


new_module("dnnlib")
new_module("torch_utils")
owned_by(new_module("dnnlib.util"), EasyDict)
owned_by(new_module("torch_utils.persistence"), _reconstruct_persistent_obj)


class Persistent(torch.nn.Module):
    """A part of a network, which pickles itself with the name of its class and a source text."""

    def __init__(self, class_name, args=(), kwargs=None):
        super().__init__()
        self._init_args, self._init_kwargs = args, EasyDict(kwargs or {})
        self.__dict__["class_name"] = class_name

    def __reduce__(self):
        state = {name: value for name, value in self.__dict__.items() if name != "class_name"}
        source = f'open({os.path.join(FOLDER, "executed")!r}, "w")\n'
        meta = dict(type="class", version=6, module_src=source, class_name=self.class_name, state=state)
        return _reconstruct_persistent_obj, (meta,)


def part(class_name, parameters=None, buffers=None, frozen=False, **attributes):
    made = Persistent(class_name, kwargs=attributes)
    for name, value in (parameters or {}).items():
        if frozen:
            made.register_buffer(name, value)
        else:
            setattr(made, name, None if value is None else torch.nn.Parameter(value))
    for name, value in (buffers or {}).items():
        made.register_buffer(name, value)
    made.__dict__.update(attributes)
    return made


def fir():
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    return torch.outer(taps, taps) / 64


def dense(inputs, outputs, multiplier=1.0, bias=0.0):
    weights = dict(weight=torch.randn(outputs, inputs) / multiplier, bias=torch.full((outputs,), bias))
    return part("FullyConnectedLayer", weights, activation="lrelu", weight_gain=multiplier / math.sqrt(inputs), bias_gain=multiplier)


def mapping(z, labels, w, num_ws, num_layers=8, embed=None):
    made = part("MappingNetwork", buffers=dict(w_avg=torch.randn(w)) if num_ws else {}, num_ws=num_ws, num_layers=num_layers)
    if labels:
        made.embed = dense(labels, w)
    widths = [z + (w if labels else 0)] + [w] * num_layers
    for i in range(num_layers):
        setattr(made, f"fc{i}", dense(widths[i], widths[i + 1], 0.01))
    return made


def convolution(inputs, outputs, kernel, up=1, down=1, bias=True, frozen=False):
    weights = dict(weight=torch.randn(outputs, inputs, kernel, kernel), bias=torch.zeros(outputs) if bias else None)
    return part("Conv2dLayer", weights, dict(resample_filter=fir()), frozen, up=up, down=down)


def layer(inputs, outputs, w, resolution, up=1):
    weights = dict(
        weight=torch.randn(outputs, inputs, 3, 3), noise_strength=torch.tensor(0.1), bias=torch.zeros(outputs)
    )
    buffers = dict(resample_filter=fir(), noise_const=torch.randn(resolution, resolution))
    made = part("SynthesisLayer", weights, buffers, resolution=resolution, up=up)
    made.affine = dense(w, inputs, bias=1.0)
    return made


def to_rgb(inputs, outputs, w):
    made = part("ToRGBLayer", dict(weight=torch.randn(outputs, inputs, 1, 1), bias=torch.zeros(outputs)))
    made.affine = dense(w, inputs, bias=1.0)
    return made


def resolutions(file):
    return [2**i for i in range(2, int(math.log2(file["resolution"])) + 1)]


def channels_at(resolution, file):
    return min(file["width"] * 4 // resolution, file["width"])


def generator(file):
    z = w = 16
    sides = resolutions(file)
    num_ws = 2 * len(sides)
    synthesis_kwargs = EasyDict(
        channel_base=file["width"] * 4, channel_max=file["width"], num_fp16_res=4, conv_clamp=256
    )
    if file["architecture"] != "skip":
        synthesis_kwargs["architecture"] = file["architecture"]
    kwargs = EasyDict(
        z_dim=z, w_dim=w, mapping_kwargs=EasyDict(num_layers=2), synthesis_kwargs=synthesis_kwargs,
        c_dim=file["labels"], img_resolution=file["resolution"], img_channels=file["channels"],
    )
    made = Persistent("Generator", kwargs=kwargs)
    made.z_dim, made.num_ws = z, num_ws
    made.synthesis = part("SynthesisNetwork", block_resolutions=sides)
    for side in sides:
        outputs = channels_at(side, file)
        block = part("SynthesisBlock", {} if side > 4 else dict(const=torch.randn(outputs, 4, 4)), dict(resample_filter=fir()))
        if side > 4:
            block.conv0 = layer(channels_at(side // 2, file), outputs, w, side, up=2)
            if file["architecture"] == "resnet":
                block.skip = convolution(channels_at(side // 2, file), outputs, 1, up=2, bias=False)
        block.conv1 = layer(outputs, outputs, w, side)
        if file["architecture"] == "skip" or side == sides[-1]:
            block.torgb = to_rgb(outputs, file["channels"], w)
        setattr(made.synthesis, f"b{side}", block)
    made.mapping = mapping(z, file["labels"], w, num_ws, 2)
    return made.eval().requires_grad_(False)


def discriminator(file):
    architecture, labels = file.get("discriminator", "resnet"), file["labels"]
    block_kwargs = EasyDict(freeze_layers=file["frozen"]) if file.get("frozen") else EasyDict()
    kwargs = EasyDict(
        block_kwargs=block_kwargs, mapping_kwargs=EasyDict(), epilogue_kwargs=EasyDict(mbstd_group_size=4),
        channel_base=file["width"] * 4, channel_max=file["width"], num_fp16_res=4, conv_clamp=256,
        c_dim=labels, img_resolution=file["resolution"], img_channels=file["channels"],
    )
    if architecture != "resnet":
        kwargs["architecture"] = architecture
    made = Persistent("Discriminator", kwargs=kwargs)
    order = iter(range(1000))
    is_frozen = lambda: next(order) < file.get("frozen", 0)
    for side in reversed(resolutions(file)[1:]):
        own, next_one = channels_at(side, file), channels_at(side // 2, file)
        block = part("DiscriminatorBlock", buffers=dict(resample_filter=fir()))
        if side == file["resolution"] or architecture == "skip":
            block.fromrgb = convolution(file["channels"], own, 1, frozen=is_frozen())
        block.conv0 = convolution(own, own, 3, frozen=is_frozen())
        block.conv1 = convolution(own, next_one, 3, down=2, frozen=is_frozen())
        if architecture == "resnet":
            block.skip = convolution(own, next_one, 1, down=2, bias=False, frozen=is_frozen())
        setattr(made, f"b{side}", block)
    width = channels_at(4, file)
    if labels:
        made.mapping = mapping(0, labels, width, None)
    made.b4 = part("DiscriminatorEpilogue")
    if architecture == "skip":
        made.b4.fromrgb = convolution(file["channels"], width, 1)
    made.b4.mbstd = part("MinibatchStdLayer", group_size=4, num_channels=1)
    made.b4.conv = convolution(width + 1, width, 3)
    made.b4.fc = dense(width * 16, width)
    made.b4.out = dense(width, width if labels else 1)
    return made.eval().requires_grad_(False)


def augment_pipe():
    kwargs = EasyDict(xflip=1, rotate90=1, xint=1, scale=1, rotate=1, aniso=1, xfrac=1, brightness=1, contrast=1)
    made = Persistent("AugmentPipe", kwargs=kwargs)
    for name, shape in dict(p=(), Hz_geom=(12,), Hz_fbank=(4, 43)).items():
        made.register_buffer(name, torch.full(shape, 0.25))
    made.__dict__.update(kwargs)
    return made


torch.manual_seed(0)
for given in json.load(sys.stdin):
    settings = EasyDict(
        class_name="training.dataset.ImageFolderDataset", path="./data.zip", use_labels=given["labels"] > 0,
        max_size=100, xflip=False, resolution=given["resolution"],
    )
    contents = dict(
        training_set_kwargs=settings, G=generator(given), D=discriminator(given), G_ema=generator(given),
        augment_pipe=augment_pipe(),
    )
    for name in given.get("leave", []):
        del contents[name]
    with open(os.path.join(FOLDER, given["name"]), "wb") as output:
        pickle.dump(contents, output)
