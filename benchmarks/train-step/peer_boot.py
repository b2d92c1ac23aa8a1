"""An iteration of BOOT, dropout off."""
import copy

import torch
import torch.nn.functional as F

from peer_draws import batch, device, next_draws, next_labels, next_noise, settings
from peer_step import karras_sigma, optimize, rms, update_average


class Boot:
    """BOOT (Gu et al. 2023), with alpha = 1 and t a time in the schedule of Karras et al. 2022, Eq. (5).

    g(eps, t) = D(tau eps; tau), where tau goes from init_sigma to sigma_max as sigma goes from sigma_min.
    """

    sigma_min, sigma_max, bins = 0.002, 80, 5

    def __init__(self, net):
        self.options = settings["distillation"]["boot"]
        self.teacher = net.requires_grad_(False)
        self.student = copy.deepcopy(net).requires_grad_(True)
        self.average = [p.detach().clone() for p in net.parameters()]
        self.networks = [self.teacher, self.student]
        rate = self.options["learning_rate"]
        self.optimizer = torch.optim.Adam(self.student.parameters(), lr=rate, betas=(0.9, 0.999))

    def teach(self, y, eps, sigma, labels):
        """f(y + sigma eps; sigma)"""
        return self.teacher(y + sigma[:, None, None, None] * eps, sigma, labels)

    def bootstrap(self, y, eps, t, s, labels):
        """f at t, and y at s after a Heun step on the Signal-ODE dy/dsigma = (y - f) / sigma."""
        at_t, at_s = t[:, None, None, None], s[:, None, None, None]
        f = self.teach(y, eps, t, labels)
        first = y + (1 - at_s / at_t) * (f - y)
        slopes = (y - f) / at_t + (first - self.teach(first, eps, s, labels)) / at_s
        return f, y + (at_s - at_t) * slopes / 2

    def run(self):
        options, low, high = self.options, self.sigma_min, self.sigma_max
        labels, eps = next_labels(), next_noise()
        # Times are converted to noise levels in float64, as in ours.ts.
        t = next_draws(batch, lambda: torch.rand(batch, device=device)).double()
        s = (t - options["delta"]).clamp(min=0)
        sigma_t, sigma_s = karras_sigma(t, low, high).float(), karras_sigma(s, low, high).float()
        tau_t, tau_s = (karras_sigma(time, options["init_sigma"], high).float() for time in (t, s))
        weight = (1 / (1 - sigma_s / sigma_t) ** 2).clamp(max=options["weight_clip"])
        largest = torch.full((batch,), float(high), device=device)

        signal = lambda tau: self.student(tau[:, None, None, None] * eps, tau, labels)
        with torch.no_grad():
            y = signal(tau_t)
            f, target = self.bootstrap(y, eps, sigma_t, sigma_s, labels)
            f_max = self.teacher(high * eps, largest, labels)
        ahead, start = signal(tau_s), signal(largest)
        bootstrap = (weight * (ahead - target).square().sum((1, 2, 3))).sum() / batch
        boundary = (start - f_max).square().sum() / batch
        loss = bootstrap + options["beta"] * boundary
        optimize(self.student, self.optimizer, loss)
        update_average(self.average, self.student)
        with torch.no_grad():  # what a run reports, as ours does
            losses = torch.stack([loss, bootstrap, boundary, rms(start, f_max).sum()])
            report = torch.cat([losses, self.increments(y, f, target, t)])
        return report.tolist()[:3]

    def increments(self, y, f, target, t):
        """Sums and sums of squares, for each part of the time."""
        increment = rms(target, y)
        measured = torch.stack([increment, increment / (y.square().mean((1, 2, 3)).sqrt() + 1e-8), rms(f, y)], dim=1)
        part = F.one_hot((t * self.bins).long().clamp(max=self.bins - 1), self.bins).float()
        return (part.T @ torch.cat([measured, measured**2], dim=1)).flatten()
