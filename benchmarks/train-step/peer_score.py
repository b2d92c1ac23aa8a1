"""Iterations of the methods that train a fake score network in addition to the generator, dropout off."""
import copy

import torch

from peer_draws import batch, device, next_draws, next_labels, next_log_normal, next_noise, pixels, settings
from peer_step import denoising_loss, karras_sigma, optimize, rms, update_average


class ScoreDistillation:
    """A step of the fake score network on generated images, then a step of the generator, then of its average."""

    shared_labels = False
    # Of the average of the student's weights, a step.
    decay = 0.999

    def __init__(self, net):
        self.options = settings["distillation"][settings["mode"]]
        self.teacher = net.requires_grad_(False)
        self.fake = copy.deepcopy(net).requires_grad_(True)
        self.student = copy.deepcopy(net).requires_grad_(True)
        self.average = [p.detach().clone() for p in net.parameters()]
        self.networks = [self.teacher, self.fake, self.student]
        rate = self.options["learning_rate"]
        self.fake_optimizer = torch.optim.Adam(self.fake.parameters(), lr=rate, betas=(0.0, 0.999))
        self.optimizer = torch.optim.Adam(self.student.parameters(), lr=rate, betas=(0.0, 0.999))

    def generate(self, z, labels):
        """G(z) = D(sigma_init z; sigma_init)"""
        init = self.options["init_sigma"]
        return self.student(z * init, torch.full((batch,), float(init), device=device), labels)

    def fake_score_step(self, labels):
        z, sigma, noise = next_noise(), next_log_normal(), next_noise()
        with torch.no_grad():
            images = self.generate(z, labels)
        loss = denoising_loss(self.fake, images, sigma, noise, labels).sum() / batch
        optimize(self.fake, self.fake_optimizer, loss)
        return loss.detach()

    def generator_step(self, labels):
        z, sigma, noise = next_noise(), self.next_sigma(), next_noise()
        x = self.generate(z, labels)
        real, fake = self.denoised(x + sigma[:, None, None, None] * noise, sigma, labels)
        with torch.no_grad():
            valid = ~(x + real + fake).sum((1, 2, 3)).isnan()
        keep = valid[:, None, None, None]
        x, real, fake = (torch.where(keep, t, torch.zeros_like(t)) for t in (x, real, fake))
        loss, weight = self.loss(x, real, fake)
        loss = loss.sum() / batch
        optimize(self.student, self.optimizer, loss)
        with torch.no_grad():  # the statistics of a run, as in ours.ts
            report = torch.stack([rms(real, fake).sum(), rms(real, x).sum(), weight.sum(), (~valid).float().sum()])
        return loss.detach(), report

    def run(self):
        labels = next_labels()
        fake_loss = self.fake_score_step(labels)
        loss, report = self.generator_step(labels if self.shared_labels else next_labels())
        update_average(self.average, self.student, self.decay)
        return torch.cat([torch.stack([fake_loss, loss]), report]).tolist()[:2]


class Sid(ScoreDistillation):
    """SiD (Zhou et al. 2024): gradients also reach the generator through both frozen networks."""

    def next_sigma(self):
        """Uniform in time up to tmax / 1000."""
        return next_draws(batch, lambda: karras_sigma(torch.rand(batch, device=device) * self.options["tmax"] / 1000, 0.002, 80))

    def denoised(self, noisy, sigma, labels):
        return self.teacher(noisy, sigma, labels), self.fake(noisy, sigma, labels)

    def loss(self, x, real, fake):
        with torch.no_grad():
            weight = (x - real).abs().mean((1, 2, 3)).clamp(min=1e-5)
        gap = real - fake
        loss = gap * ((real - x) - self.options["alpha"] * gap) / weight[:, None, None, None]
        return loss * self.options["loss_scale"], weight

    def generator_step(self, labels):
        self.fake.requires_grad_(False)
        stats = super().generator_step(labels)
        self.fake.requires_grad_(True)
        return stats


class DiffInstruct(ScoreDistillation):
    """Diff-Instruct (Luo et al. 2023), w = sigma^2: the gradient of x is the constant f_psi - f_phi, Eq. (3.2)."""

    shared_labels = True

    def next_sigma(self):
        return next_log_normal()

    def denoised(self, noisy, sigma, labels):
        with torch.no_grad():
            return self.teacher(noisy, sigma, labels), self.fake(noisy, sigma, labels)

    def loss(self, x, real, fake):
        return (fake - real) * x, torch.ones(batch, device=device)

    def fake_score_step(self, labels):
        return super().fake_score_step(labels) / pixels  # reported as published, a mean over pixels
