"""Loads files as the published scripts do, from a folder that has their modules: snapshots by unpickling, state dicts by
load_state_dict(strict=True).

usage: load_snapshots.py REQUEST, a JSON file with a list of {path, kwargs?, x, sigma, labels?}; prints JSON.
"""
import copy
import json
import pickle
import sys

import torch
from training import networks


def tensor(value):
    return None if value is None else torch.tensor(value["data"], dtype=torch.float32).reshape(value["shape"])


def load(path, kwargs):
    if path.endswith(".pth"):
        net = networks.EDMPrecond(**kwargs)
        net.load_state_dict(torch.load(path, weights_only=False), strict=True)
        return net.eval()
    with open(path, "rb") as file:
        return pickle.load(file)["ema"]


answers = []
for request in json.load(open(sys.argv[1])):
    net = load(request["path"], request.get("kwargs"))
    published = isinstance(net, networks.EDMPrecond)
    again = f"{request['path']}.again.pkl"
    with open(again, "wb") as file:
        pickle.dump(dict(ema=copy.deepcopy(net)), file)
    with open(again, "rb") as file:
        copied = pickle.load(file)["ema"]
    x, sigma, labels = (tensor(request.get(name)) for name in ("x", "sigma", "labels"))
    with torch.no_grad():
        y = net(x, sigma, labels)
        same = torch.equal(y, copied(x, sigma, labels))
    trained = any(p.requires_grad for p in net.parameters())
    answers.append(dict(y=y.flatten().tolist(), published=published, training=net.training, trained=trained, again=again, same=same))
print(json.dumps(answers))
