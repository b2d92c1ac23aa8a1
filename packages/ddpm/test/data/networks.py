"""Writes networks/*.safetensors: outputs of small UNet2DModels with the options that the reference numbers do not have, computed
with diffusers 0.42.1 and PyTorch 2.15.0 on a CPU. Run: python3 networks.py (with both installed from PyPI).

Weights are the formula of the reference numbers' README, by diffusers' names, so the files hold none. `denoised` is D(x; sigma) at
noise levels of the schedule, from the network's output. `grad.*` are the gradients of sum(D^2) with respect to all biases.
"""
import json
import math
import os

import numpy as np
import torch
from diffusers import CMStochasticIterativeScheduler, DDIMScheduler, DDPMScheduler, UNet2DModel
from safetensors.torch import save_file

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks")
BASE = dict(sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
            down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"))
CASES = {
    "mixed-blocks": (
        dict(BASE, in_channels=1, out_channels=2, block_out_channels=(8, 16, 24), layers_per_block=2,
             down_block_types=("AttnDownBlock2D", "ResnetDownsampleBlock2D", "DownBlock2D"),
             up_block_types=("UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"), downsample_type="resnet",
             mid_block_scale_factor=1.4142, center_input_sample=True, resnet_time_scale_shift="scale_shift",
             time_embedding_dim=20, num_class_embeds=3, downsample_padding=0),
        DDPMScheduler(beta_schedule="squaredcos_cap_v2")),
    "no-middle-sample": (dict(BASE, mid_block_type=None),
                         DDPMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012,
                                       prediction_type="sample")),
    "no-attention-velocity": (dict(BASE, add_attention=False, attention_head_dim=6),
                              DDIMScheduler(num_train_timesteps=100, beta_start=0.001, beta_end=0.2,
                                            prediction_type="v_prediction", rescale_betas_zero_snr=True)),
    "given-betas": (dict(BASE, norm_eps=1e-3, flip_sin_to_cos=False, freq_shift=1, attention_head_dim=None),
                    DDPMScheduler(trained_betas=[round(0.001 + 0.002 * i, 3) for i in range(50)])),
    "sigmoid-one-level": (dict(BASE, block_out_channels=(8,), down_block_types=("AttnDownBlock2D",),
                               up_block_types=("AttnUpBlock2D",), layers_per_block=2),
                          DDPMScheduler(beta_schedule="sigmoid")),
    "consistency": (dict(BASE, attn_norm_num_groups=4, resnet_time_scale_shift="scale_shift", num_class_embeds=3,
                         down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D"),
                         up_block_types=("AttnUpBlock2D", "ResnetUpsampleBlock2D"), downsample_type="resnet",
                         upsample_type="resnet"), CMStochasticIterativeScheduler()),
}


def formula(name, shape):
    state = 0x811C9DC5
    for byte in name.encode():
        state = (state ^ byte) * 0x01000193 % 2**32
    values = np.empty(math.prod(shape))
    for i in range(len(values)):
        state = (1664525 * state + 1013904223) % 2**32
        values[i] = 2 * state / 2**32 - 1
    if len(shape) > 1:
        values *= math.sqrt(3 / math.prod(shape[1:]))
    else:
        values = 1 + 0.2 * values if name.endswith("weight") else 0.1 * values
    return torch.tensor(values.astype(np.float32).reshape(shape))


def levels_of(scheduler):
    """Time steps, their noise levels, and D from x and the network's output."""
    if isinstance(scheduler, CMStochasticIterativeScheduler):
        sigma = torch.tensor([0.01, 80.0])
        low, data = scheduler.config.sigma_min, scheduler.config.sigma_data
        c_skip = data**2 / ((sigma - low) ** 2 + data**2)
        c_out = (sigma - low) * data / (sigma**2 + data**2).sqrt()
        return 250 * sigma.log(), sigma, 1 / (sigma**2 + data**2).sqrt(), lambda x, y, s: c_skip.view(s) * x + c_out.view(s) * y
    bars = scheduler.alphas_cumprod
    t = torch.tensor([len(bars) // 10, len(bars) * 6 // 10])
    sigma = ((1 - bars) / bars).sqrt()[t]
    kind = scheduler.config.prediction_type
    scale = 1 / (1 + sigma**2).sqrt()
    predictions = {
        "epsilon": lambda x, y, s: x - sigma.view(s) * y,
        "sample": lambda x, y, s: y,
        "v_prediction": lambda x, y, s: scale.view(s) ** 2 * x - (sigma * scale).view(s) * y,
    }
    return t.float(), sigma, scale, predictions[kind]


for name, (config, scheduler) in CASES.items():
    model = UNet2DModel(**config).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            parameter.copy_(formula(key, parameter.shape))
        t, sigma, c_in, denoise = levels_of(scheduler)
        channels = model.config.in_channels
        x = torch.randn(2, channels, 8, 8, generator=torch.Generator().manual_seed(7)) * (1 + sigma.view(-1, 1, 1, 1))
        labels = torch.tensor([2, 0]) if model.config.num_class_embeds else None
    y = model(c_in.view(-1, 1, 1, 1) * x, t, class_labels=labels).sample[:, :channels]
    denoised = denoise(x, y, (-1, 1, 1, 1))
    denoised.square().sum().backward()
    tensors = dict(x=x, sigma=sigma, denoised=denoised.detach())
    tensors |= {f"grad.{k}": p.grad for k, p in model.named_parameters() if k.endswith("bias")}
    if labels is not None:
        tensors["class_labels"] = labels
    metadata = dict(
        config=json.dumps({k: v for k, v in model.config.items() if not k.startswith("_use")} | {"_class_name": "UNet2DModel"}),
        scheduler=json.dumps({k: v for k, v in scheduler.config.items() if not k.startswith("_use")}
                             | {"_class_name": type(scheduler).__name__}),
        weights="formula",
    )
    save_file({k: v.contiguous() for k, v in tensors.items()}, os.path.join(HERE, f"{name}.safetensors"), metadata)
