"""The EDM sampler (Karras et al. 2022), without fresh noise, and DPM-Solver++(2M) on its noise levels."""
import math

import torch


def noise_levels(steps, low=0.002, high=80, rho=7):
    """Eq. (5), Karras et al. 2022, and 0."""
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    levels = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    return levels.tolist() + [0.0]


def sample(net, latents, labels, steps):
    """Algorithm 2, in float64 outside of the network."""

    def slope(x, t):
        sigma = torch.full((len(x),), t, dtype=torch.float32)
        return (x - net(x.float(), sigma, labels).double()) / t

    levels = noise_levels(steps)
    x = latents.double() * levels[0]
    for t, t_next in zip(levels, levels[1:]):
        d = slope(x, t)
        euler = x + (t_next - t) * d
        x = euler if t_next == 0 else x + (t_next - t) * 0.5 * (d + slope(euler, t_next))
    return x


def sample_dpm_solver(net, latents, labels, steps):
    """DPM-Solver++(2M), Algorithm 2 of Lu et al. 2022, in float64 outside of the network."""
    levels = noise_levels(steps)
    x, before = latents.double() * levels[0], None
    for i, (t, t_next) in enumerate(zip(levels, levels[1:])):
        d = net(x.float(), torch.full((len(x),), t, dtype=torch.float32), labels).double()
        share = 0 if before is None or t_next == 0 else math.log(t / t_next) / (2 * math.log(levels[i - 1] / t))
        guess = d if before is None else (1 + share) * d - share * before
        x = t_next / t * x + (1 - t_next / t) * guess
        before = d
    return x
