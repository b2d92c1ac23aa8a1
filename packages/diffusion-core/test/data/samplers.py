"""Writes samplers.json: samples of a Gaussian mixture by the schedulers of diffusers 0.42.1 with PyTorch 2.15.0, in float64 on a CPU.
Run: python3 samplers.py (with both installed from PyPI).

All schedulers pass the noise levels of Karras et al. 2022, then 0. Those of DDPM's family get them as their table of alphas. The
schedulers round their tables to float32, so the levels are put in again as float64, after a check that they are the same. The
denoiser is exact, and each scheduler gets the prediction that it understands, computed from it.
"""
import json
import os

import diffusers
import numpy as np
import torch
from diffusers import (DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, EDMDPMSolverMultistepScheduler,
                       EDMEulerScheduler, EulerDiscreteScheduler, HeunDiscreteScheduler)
from diffusers.schedulers import scheduling_ddim, scheduling_ddpm

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = [1, 2, 3, 8, 20]
SIGMA_MIN, SIGMA_MAX, RHO, SIGMA_DATA = 0.002, 80.0, 7, 0.5
STD, WEIGHTS = 0.25, [0.5, 0.3, 0.2]
MEANS = [[0.8, -0.4, 0.1, 0.6], [-0.7, 0.5, 0.3, -0.2], [0.0, 0.9, -0.8, 0.4]]

rng = np.random.default_rng(0)
LATENTS = np.round(rng.standard_normal((3, 4)), 3)
NOISE = np.round(rng.standard_normal((max(STEPS), 3, 4)), 3)  # of each step


def denoise(x, sigma):
    """D(x; sigma) of the mixture."""
    means, variance = torch.tensor(MEANS, dtype=torch.float64), STD ** 2 + sigma ** 2
    logits = torch.log(torch.tensor(WEIGHTS, dtype=torch.float64)) - ((x[:, None] - means) ** 2).sum(2) / (2 * variance)
    mean = torch.softmax(logits, 1) @ means
    return mean + STD ** 2 / variance * (x - mean)


def karras(steps):
    u = np.linspace(0, 1, steps)
    high, low = SIGMA_MAX ** (1 / RHO), SIGMA_MIN ** (1 / RHO)
    return (high + u * (low - high)) ** RHO


def put_levels(scheduler, levels):
    """Replaces the scheduler's levels (with the 0 at the end) by their float64 values."""
    values = torch.tensor(levels, dtype=torch.float64)
    torch.testing.assert_close(scheduler.sigmas.double(), values, rtol=2e-3, atol=1e-6)
    scheduler.sigmas = values


def edm_like(scheduler_of, **options):
    """A scheduler in the unscaled space that scales the network's input and output itself."""
    def run(steps):
        scheduler = scheduler_of(sigma_min=SIGMA_MIN, sigma_max=SIGMA_MAX, sigma_data=SIGMA_DATA, rho=RHO, **options)
        scheduler.set_timesteps(steps)
        put_levels(scheduler, [*karras(steps), 0])
        x = torch.tensor(LATENTS) * scheduler.sigmas[0]
        for i, t in enumerate(scheduler.timesteps):
            sigma = scheduler.sigmas[i]
            scheduler.scale_model_input(x, t)
            c_skip = SIGMA_DATA ** 2 / (sigma ** 2 + SIGMA_DATA ** 2)
            c_out = sigma * SIGMA_DATA / torch.sqrt(sigma ** 2 + SIGMA_DATA ** 2)
            x = scheduler.step((denoise(x, sigma) - c_skip * x) / c_out, t, x).prev_sample
        return x
    return run


def table(steps):
    """alpha-bar of each level, ascending in noise, and the betas that make it."""
    alphas = 1 / (1 + karras(steps)[::-1] ** 2)
    return alphas, 1 - alphas / np.concatenate([[1], alphas[:-1]])


def unscaled(scheduler_of):
    """A scheduler of DDPM's family that works in the unscaled space, on a prediction of the noise."""
    def run(steps):
        _, betas = table(steps)
        scheduler = scheduler_of(num_train_timesteps=steps, trained_betas=betas, timestep_spacing="trailing")
        scheduler.set_timesteps(steps)
        levels = [*karras(steps), 0]
        if scheduler_of is HeunDiscreteScheduler:  # Both calls of a step have an entry.
            levels = [levels[0], *[level for level in levels[1:-1] for _ in (0, 1)], 0]
        put_levels(scheduler, levels)
        x = torch.tensor(LATENTS) * scheduler.sigmas[0]
        for i, t in enumerate(scheduler.timesteps):
            # Heun's second call of a step is at the next level, which follows in the list.
            sigma = scheduler.sigmas[i]
            scheduler.scale_model_input(x, t)
            x = scheduler.step((x - denoise(x, sigma)) / sigma, t, x).prev_sample
        return x
    return run


def scaled(scheduler_of, step_options=lambda: {}, **options):
    """A scheduler of DDPM's family in the space of DDPM: x / sqrt(1 + sigma^2), on a prediction of the clean image."""
    def run(steps):
        alphas, betas = table(steps)
        scheduler = scheduler_of(num_train_timesteps=steps, trained_betas=betas, timestep_spacing="trailing",
                                 prediction_type="sample", **options)
        scheduler.set_timesteps(steps)
        assert scheduler.timesteps.tolist() == list(range(steps))[::-1]
        torch.testing.assert_close(scheduler.alphas_cumprod.double(), torch.tensor(alphas), rtol=1e-3, atol=1e-6)
        scheduler.alphas_cumprod = torch.tensor(alphas)
        if hasattr(scheduler, "one"):
            scheduler.one = scheduler.one.double()
        if hasattr(scheduler, "final_alpha_cumprod"):
            scheduler.final_alpha_cumprod = torch.tensor(1.0, dtype=torch.float64)
        if hasattr(scheduler, "sigmas"):
            scheduler.sigmas = torch.tensor([*karras(steps), 0])
        draws = iter(NOISE)
        for module in (scheduling_ddim, scheduling_ddpm):
            module.randn_tensor = lambda *args, **kwargs: torch.tensor(next(draws))
        x = torch.tensor(LATENTS) * SIGMA_MAX / (1 + SIGMA_MAX ** 2) ** 0.5
        for sigma, t in zip(karras(steps), scheduler.timesteps):
            x = scheduler.step(denoise(x * (1 + sigma ** 2) ** 0.5, sigma), t, x, **step_options()).prev_sample
        return x
    return run


RUNS = {
    "ddim": {"DDIMScheduler": scaled(DDIMScheduler, clip_sample=False, set_alpha_to_one=True)},
    "ddpm": {
        "DDPMScheduler": scaled(DDPMScheduler, clip_sample=False, variance_type="fixed_small"),
        "DDIMScheduler, eta 1": scaled(DDIMScheduler, lambda: {"eta": 1.0}, clip_sample=False, set_alpha_to_one=True),
    },
    "euler": {
        "EDMEulerScheduler": edm_like(EDMEulerScheduler),
        "EulerDiscreteScheduler": unscaled(EulerDiscreteScheduler),
    },
    "heun": {"HeunDiscreteScheduler": unscaled(HeunDiscreteScheduler)},
    "dpm-solver++": {
        "DPMSolverMultistepScheduler": scaled(DPMSolverMultistepScheduler, algorithm_type="dpmsolver++", solver_order=2,
                                              solver_type="midpoint", final_sigmas_type="zero"),
        "EDMDPMSolverMultistepScheduler": edm_like(EDMDPMSolverMultistepScheduler, algorithm_type="dpmsolver++",
                                                   solver_order=2, solver_type="midpoint", final_sigmas_type="zero"),
    },
}

cases = [{"sampler": sampler, "scheduler": name, "steps": steps, "images": [round(x, 9) for x in run(steps).flatten().tolist()]}
         for sampler, runs in RUNS.items() for name, run in runs.items() for steps in STEPS]
assert all(np.isfinite(case["images"]).all() for case in cases)
contents = {
    "diffusers": diffusers.__version__, "torch": torch.__version__.split("+")[0],
    "mixture": {"means": MEANS, "std": STD, "weights": WEIGHTS},
    "latents": LATENTS.flatten().tolist(), "noise": NOISE.reshape(len(NOISE), -1).tolist(), "cases": cases,
}
with open(os.path.join(HERE, "samplers.json"), "w") as file:
    file.write(json.dumps(contents) + "\n")
