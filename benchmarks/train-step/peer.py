"""The work of ours.ts in PyTorch, timed on request: one line in, one line of JSON out.

Starts from the weights and the random draws that ours.ts has left in a folder; once those draws are used up,
it draws its own.
"""
import copy
import json
import sys
import time
from pathlib import Path

import torch

from peer_draws import batch, image_shape, label_dim, next_draws, next_labels, next_log_normal, next_noise, one_hot, pixels
from peer_draws import settings
from peer_unet import Denoiser
from peer_weights import load_weights

sys.path.append(str(Path(__file__).parent.parent))
from torch_blas import blas


def denoising_loss(net, images, sigma, noise, labels):
    """lambda(sigma) (D(y + n; sigma) - y)^2, Eq. (2), Karras et al. 2022."""
    s = sigma[:, None, None, None]
    return (s**2 + 0.25) / (s * 0.5) ** 2 * (net(images + noise * s, sigma, labels) - images) ** 2


def optimize(net, optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    for p in net.parameters():
        torch.nan_to_num(p.grad, nan=0, posinf=1e5, neginf=-1e5, out=p.grad)
    optimizer.step()


def update_average(average, net):
    with torch.no_grad():
        torch._foreach_mul_(average, 0.999)
        torch._foreach_add_(average, [p.detach() for p in net.parameters()], alpha=0.001)


class Train:
    """One step of the training of Karras et al. 2022: forward, backward, Adam, average. Dropout off."""

    def __init__(self, net):
        self.net, self.average = net, [p.detach().clone() for p in net.parameters()]
        self.optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        images = next_draws(batch * pixels, None).reshape(image_shape).permute(0, 3, 1, 2)
        self.images = images.contiguous().to(torch.uint8)
        self.labels = one_hot(torch.arange(batch) % label_dim) if label_dim > 0 else None

    def run(self):
        images = self.images.float() / 127.5 - 1
        loss = denoising_loss(self.net, images, next_log_normal(), next_noise(), self.labels).sum() / batch
        optimize(self.net, self.optimizer, loss)
        update_average(self.average, self.net)
        return [loss.item() / pixels]


class Forward:
    """The denoised images at sigma = 1, without gradients: what a sampler asks for."""

    def __init__(self, net):
        self.net, self.noise = net, next_noise()
        self.labels = one_hot(torch.arange(batch) % label_dim) if label_dim > 0 else None

    def run(self):
        with torch.inference_mode():
            return self.net(self.noise, torch.ones(batch), self.labels)


class Distill:
    """One iteration of SiD (Zhou et al. 2024): the fake score network's step, then the generator's. Dropout off."""

    def __init__(self, net):
        self.teacher = net.requires_grad_(False)
        self.fake = copy.deepcopy(net).requires_grad_(True)
        self.student = copy.deepcopy(net).requires_grad_(True)
        self.average = [p.detach().clone() for p in net.parameters()]
        rate = settings["distill"]["learning_rate"]
        self.fake_optimizer = torch.optim.Adam(self.fake.parameters(), lr=rate, betas=(0, 0.999))
        self.optimizer = torch.optim.Adam(self.student.parameters(), lr=rate, betas=(0, 0.999))

    def generate(self, z, labels):
        """G(z) = D(sigma_init z; sigma_init)"""
        init = settings["distill"]["init_sigma"]
        return self.student(z * init, torch.full((batch,), init), labels)

    def fake_score_step(self):
        labels, z, sigma, noise = next_labels(), next_noise(), next_log_normal(), next_noise()
        with torch.no_grad():
            images = self.generate(z, labels)
        loss = denoising_loss(self.fake, images, sigma, noise, labels).sum() / batch
        optimize(self.fake, self.fake_optimizer, loss)
        return loss.detach()

    def next_sigma(self):
        """Uniform in time up to 0.8 of the rho = 7 schedule from 0.002 to 80."""
        low, high = 0.002 ** (1 / 7), 80 ** (1 / 7)
        return next_draws(batch, lambda: (low + torch.rand(batch) * 0.8 * (high - low)) ** 7)

    def generator_step(self):
        labels, z, sigma, noise = next_labels(), next_noise(), self.next_sigma(), next_noise()
        self.fake.requires_grad_(False)
        x = self.generate(z, labels)
        noisy = x + sigma[:, None, None, None] * noise
        real, fake = self.teacher(noisy, sigma, labels), self.fake(noisy, sigma, labels)
        with torch.no_grad():
            valid = ~(x + real + fake).sum((1, 2, 3)).isnan()
        keep = valid[:, None, None, None]
        x, real, fake = (torch.where(keep, t, torch.zeros_like(t)) for t in (x, real, fake))
        with torch.no_grad():
            weight = (x - real).abs().mean((1, 2, 3)).clamp(min=1e-5)
        gap = real - fake
        loss = gap * ((real - x) - settings["distill"]["alpha"] * gap) / weight[:, None, None, None]
        loss = loss.sum() * settings["distill"]["loss_scale"] / batch
        optimize(self.student, self.optimizer, loss)
        self.fake.requires_grad_(True)
        with torch.no_grad():  # what a run reports, as ours does
            rms = lambda a, b: (a - b).square().mean((1, 2, 3)).sqrt().sum()
            report = torch.stack([rms(real, fake), rms(real, x), weight.sum(), (~valid).float().sum()])
        return loss.detach(), report

    def run(self):
        fake_loss = self.fake_score_step()
        loss, report = self.generator_step()
        update_average(self.average, self.student)
        return torch.cat([torch.stack([fake_loss, loss]), report]).tolist()[:2]


net = Denoiser(settings["network"])
load_weights(net)
work = {"train": Train, "forward": Forward, "distill": Distill}[settings["mode"]](net)
hello = {
    "name": f"PyTorch {torch.__version__}",
    "parameters": sum(p.numel() for p in net.parameters()),
    "blas": blas(),
}
print(json.dumps(hello), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    result = work.run()
    ms = (time.perf_counter() - start) * 1000
    if isinstance(result, torch.Tensor):
        result = [result.square().mean().item()]
    print(json.dumps({"ms": ms, "values": result}), flush=True)
