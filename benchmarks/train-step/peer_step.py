"""Shared parts of the training steps of peer.py."""
import torch


def karras_sigma(t, low, high):
    """Noise level of a time t from 0 to 1, Eq. (5), Karras et al. 2022, with rho = 7."""
    return (low ** (1 / 7) + t * (high ** (1 / 7) - low ** (1 / 7))) ** 7


def rms(a, b):
    """Root mean square of a - b over the pixels of each image."""
    return (a - b).square().mean((1, 2, 3)).sqrt()


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


def update_average(average, net, decay=0.999):
    with torch.no_grad():
        torch._foreach_mul_(average, decay)
        torch._foreach_add_(average, [p.detach() for p in net.parameters()], alpha=1 - decay)
