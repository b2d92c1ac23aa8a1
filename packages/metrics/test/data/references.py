"""Writes references/: small files of statistics as other programs write them.

    python3 packages/metrics/test/data/references.py

Needs NumPy and PyTorch.
"""
import pickle
from pathlib import Path

import numpy as np
import torch

here = Path(__file__).parent / "references"
features = (np.arange(20).reshape(5, 4) ** 2 % 11).astype(np.float32)
mu, sigma = features.mean(0), np.cov(features, rowvar=False)

# EDM2's calculate_metrics.py ref
stats = {"fid": dict(mu=mu, sigma=sigma), "fd_dinov2": dict(mu=mu[:2] + 1, sigma=sigma[:2, :2])}
(here / "img.pkl").write_bytes(pickle.dumps(stats))
# pytorch-fid --save-stats: 2048 features
wide = np.arange(2048) / 2048
np.savez_compressed(here / "pytorch-fid.npz", mu=wide, sigma=np.eye(2048))
# clean-fid's make_custom_stats
np.savez_compressed(here / "mine_clean_custom_na.npz", mu=wide, sigma=np.eye(2048))
np.savez_compressed(here / "mine_clean_custom_na_kid.npz", feats=features)
# torch-fidelity's cache
torch.save(torch.from_numpy(features), here / "mine-inception-v3-compat-features-2048.pt")
torch.save({"mu": mu, "sigma": sigma}, here / "mine-inception-v3-compat-stat-fid-2048.pt")
# The cache of StyleGAN's metrics: FeatureStats.__dict__
f = features.astype(np.float64)
sums = dict(
    capture_all=False, capture_mean_cov=True, max_items=5, num_items=5, num_features=4,
    all_features=None, raw_mean=f.sum(0), raw_cov=f.T @ f,
)  # fmt: skip
(here / "mine-stylegan.pkl").write_bytes(pickle.dumps(sums))
