"""The quickstart in PyTorch: the same work on the same teacher and detector, in one process. Prints what it measured in JSON."""
import copy
import json
import sys
import time
from pathlib import Path

START = time.perf_counter()

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from scipy.linalg import sqrtm
from torch import nn

root = Path(__file__).parent.parent.parent
sys.path += [str(root / "benchmarks" / folder) for folder in ("train-step", "sampling", ".")]
from edm_sampler import sample_dpm_solver
from peer_draws import batch, label_dim, next_log_normal, one_hot, settings
from peer_precision import use_precision
from peer_score import DiffInstruct
from peer_unet import Denoiser
from torch_blas import facts

ASSETS = root / "packages" / "metrics" / "assets"
out, num, images_in_all = Path(settings["exchange"]), settings["num"], round(settings["kimg"] * 1000)
init, options = float(settings["distillation"]["diff-instruct"]["init_sigma"]), settings["options"]
MEASUREMENTS, TEACHER_STEPS, GRID = 5, 8, 4


class ConvBlock(nn.Module):
    """Convolution, GroupNorm and SiLU, with halving before or a residual connection."""

    def __init__(self, cin, cout, down=False, residual=False):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(cin, cout, 3, padding=1), nn.GroupNorm(min(32, cout // 4), cout)
        self.down, self.residual = down, residual

    def forward(self, x):
        y = F.silu(self.norm(self.conv(F.avg_pool2d(x, 2) if self.down else x)))
        return x + y if self.residual else y


class Detector(nn.Module):
    """The classifier whose features FID compares, of [N, 1, 32, 32] in [-1, 1]."""

    def __init__(self):
        super().__init__()
        self.stem, self.down8, self.res8 = ConvBlock(4, 32), ConvBlock(32, 64, down=True), ConvBlock(64, 64, residual=True)
        self.down4, self.res4 = ConvBlock(64, 128, down=True), ConvBlock(128, 128, residual=True)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        x = self.res4(self.down4(self.res8(self.down8(self.stem(F.pixel_unshuffle(x, 2))))))
        features = x.mean((2, 3))
        return features, torch.softmax(self.head(features), 1)


detector = Detector().requires_grad_(False)
detector.load_state_dict({k: v for k, v in load_file(ASSETS / "fashion-mnist-cnn-v0.safetensors").items() if "filter" not in k})
reference = load_file(ASSETS / "fashion-mnist-32x32.fashion-mnist-cnn-v0.safetensors")
reference_mean, reference_covariance = reference["mu"].numpy(), reference["sigma"].numpy()

teacher = Denoiser(settings["network"])
tensors = load_file(settings["teacher"])
for p, name in zip(teacher.parameters(), settings["names"], strict=True):
    p.data.copy_(tensors[name].reshape(p.shape))
use_precision(teacher, settings)
averaged = copy.deepcopy(teacher).requires_grad_(False)
work = DiffInstruct(teacher)
work.next_sigma = lambda: next_log_normal(options["pMean"], options["pStd"])
for optimizer, rate in (work.fake_optimizer, options["lr"]), (work.optimizer, options["glr"]):
    optimizer.param_groups[0]["lr"] = rate


def to_bytes(images):
    return (images * 127.5 + 128).clamp(0, 255).to(torch.uint8)


def student_images(z, labels):
    return averaged(z * init, torch.full((len(z),), init), labels)


def teacher_images(z, labels):
    return sample_dpm_solver(teacher, z, labels, TEACHER_STEPS).float()


def random_labels(count):
    return one_hot(torch.randint(label_dim, (count,)))


@torch.inference_mode()
def measure(make):
    """FID and Inception Score of the detector."""
    features, probabilities = [], []
    for start in range(0, num, batch):
        count = min(batch, num - start)
        images = to_bytes(make(torch.randn(count, 1, 32, 32), random_labels(count)))
        f, p = detector(images.float() / 127.5 - 1)
        features.append(f)
        probabilities.append(p)
    x, p = torch.cat(features).double().numpy(), torch.cat(probabilities).double().numpy()
    mean, covariance = x.mean(0), np.cov(x, rowvar=False)
    root_of_product = sqrtm(covariance @ reference_covariance)
    fid = np.square(mean - reference_mean).sum() + np.trace(covariance + reference_covariance - 2 * np.real(root_of_product))
    parts = [part * (np.log(part + 1e-16) - np.log(part.mean(0, keepdims=True))) for part in np.array_split(p, 10)]
    return float(fid), float(np.mean([np.exp(part.sum(1).mean()) for part in parts]))


@torch.inference_mode()
def rows(make, count):
    """`count` pictures of each class."""
    return to_bytes(make(torch.randn(10 * count, 1, 32, 32), one_hot(torch.arange(10).repeat_interleave(count))))


def write_picture(images, columns, name):
    pixels = images[:, 0].reshape(-1, columns, 32, 32).permute(0, 2, 1, 3).reshape(-1, columns * 32)
    Image.fromarray(pixels.contiguous().numpy()).resize((columns * 64, len(pixels) * 2), Image.NEAREST).save(out / name)


def copy_average():
    for p, average in zip(averaged.parameters(), work.average):
        p.data.copy_(average)


write_picture(rows(student_images, 1), 5, "fakes0.png")
before = measure(student_images)
grid_before = rows(student_images, GRID)
teacher_start = time.perf_counter()
of_teacher = measure(teacher_images)
teacher_seconds = time.perf_counter() - teacher_start

curve, seen, training = [], 0, 0.0
for part in range(1, MEASUREMENTS + 1):
    start = time.perf_counter()
    while seen < images_in_all * part / MEASUREMENTS:
        seen += batch
        half_life = min(options["emaHalfLifeKimg"] * 1000, seen * options["emaRampUpRatio"])
        work.decay = 0.5 ** (batch / max(half_life, 1e-8))
        work.run()
    training += time.perf_counter() - start
    copy_average()
    state = [net.state_dict() for net in (work.student, work.fake)] + [work.optimizer.state_dict(), work.fake_optimizer.state_dict()]
    torch.save([*state, work.average], out / "state.pt")
    curve.append(measure(student_images))
    write_picture(rows(student_images, 1), 5, f"fakes{seen}.png")

torch.save(averaged.state_dict(), out / "student.pt")
grid = torch.cat([rows(teacher_images, GRID).view(10, GRID, 1, 32, 32), grid_before.view(10, GRID, 1, 32, 32), rows(student_images, GRID).view(10, GRID, 1, 32, 32)], 1)
write_picture(grid.flatten(0, 1), 3 * GRID, "grid.png")
with torch.inference_mode():
    make = lambda: to_bytes(student_images(torch.randn(100, 1, 32, 32), random_labels(100)))
    make()
    start = time.perf_counter()
    for _ in range(10):
        make()
    rate = 1000 / (time.perf_counter() - start)
result = {
    "name": facts(),
    "seconds": time.perf_counter() - START,
    "training_seconds": training,
    "images_per_second": {"teacher": num / teacher_seconds, "student": rate},
    "fid": {"teacher": of_teacher[0], "student_before": before[0], "student_after": curve[-1][0]},
}
print(json.dumps(result), flush=True)
