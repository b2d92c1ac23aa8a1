"""What the peers read: the settings of the command line, and what compare.ts wrote into the exchange folder."""
import json
import sys
from pathlib import Path

import numpy as np

settings = json.loads(sys.argv[1])
dim = settings["dim"]


def read_moments(name):
    """Mean, [dim], and covariance, [dim, dim], in float64."""
    values = np.fromfile(Path(settings["exchange"]) / f"{name}.f64")
    return values[:dim], values[dim:].reshape(dim, dim)


def read_features(name):
    """The features of all images in float64, [N, dim]."""
    return np.fromfile(Path(settings["exchange"]) / f"{name}.f32", np.float32).reshape(-1, dim).astype(float)
