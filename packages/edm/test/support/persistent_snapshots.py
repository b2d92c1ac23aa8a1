"""Writes snapshots whose objects pickle themselves as the published code's do, in every protocol and format.

usage: persistent_snapshots.py FOLDER
"""

import pickle
import sys
import types

import numpy as np
import torch


def new_module(name):
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module


def owned_by(module, thing):
    thing.__module__, thing.__qualname__ = module.__name__, thing.__name__
    setattr(module, thing.__name__, thing)
    return thing


new_module("dnnlib")
new_module("torch_utils")


class EasyDict(dict):
    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def _reconstruct_persistent_obj(meta):
    raise NotImplementedError


owned_by(new_module("dnnlib.util"), EasyDict)
owned_by(new_module("torch_utils.persistence"), _reconstruct_persistent_obj)


def persistent(base):
    def init(self, *args, **kwargs):
        base.__init__(self, *args, **kwargs)
        self._init_args, self._init_kwargs = args, kwargs

    def reduce(self):
        source = f'open("{sys.argv[1]}/executed", "w")\n'
        meta = dict(type="class", version=6, module_src=source, class_name=base.__name__, state=self.__dict__)
        return _reconstruct_persistent_obj, (meta,)

    return type(base.__name__, (base,), {"__init__": init, "__reduce__": reduce})


@persistent
class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(12.0).reshape(4, 3))
        self.bias = None
        self.numpy = [np.float64(2.0), np.int64(3), np.bool_(True), np.arange(6.0).reshape(2, 3)]
        self.register_buffer("resample_filter", None)
        self.register_buffer("scratch", torch.ones(2), persistent=False)


@persistent
class EDMPrecond(torch.nn.Module):
    def __init__(self, img_resolution, img_channels):
        super().__init__()
        inner = torch.nn.Sequential(torch.nn.SiLU(), torch.nn.Identity())
        self.model = torch.nn.ModuleDict({"layer": Layer(), "inner": inner})
        self.options = EasyDict(a=1, b=[1.0, float("inf")])
        self.strided = torch.nn.Parameter(torch.arange(24.0).reshape(6, 4)[1::2].t())
        self.register_buffer("u", torch.arange(3.0).half())


@persistent
class EDMLoss:
    def __init__(self, P_mean=-1.2):
        self.P_mean = P_mean


@persistent
class AugmentPipe(torch.nn.Module):
    def __init__(self, xflip=0):
        super().__init__()
        self.xflip = float(xflip)
        self.register_buffer("Hz_geom", torch.ones(2, 2))


net = EDMPrecond(8, img_channels=3).eval().requires_grad_(False)
loss, pipe = EDMLoss(), AugmentPipe(xflip=1e8)
snapshot = dict(ema=net, loss_fn=loss, augment_pipe=pipe, dataset_kwargs=EasyDict(path="p", labels=None, f=1e-3))
for protocol in range(6):
    with open(f"{sys.argv[1]}/protocol-{protocol}.pkl", "wb") as file:
        pickle.dump(snapshot, file, protocol=protocol)

adam = torch.optim.Adam([torch.nn.Parameter(torch.ones(2))], lr=0.5)
adam.param_groups[0]["params"][0].grad = torch.ones(2)
adam.step()
state = dict(net=net, optimizer_state=adam.state_dict())
for name, is_zip in [("zip", True), ("legacy", False)]:
    torch.save(state, f"{sys.argv[1]}/state-{name}.pt", _use_new_zipfile_serialization=is_zip)
