"""The work of peer.py in JAX on the CPU: a training step or a forward pass, each compiled by XLA as a whole.

Takes the same lines, and gives the same answers.
"""
import json
import os
import sys
import time
from functools import partial

settings = json.loads(sys.argv[1])
# Before JAX is imported: the size of XLA's pool of threads.
os.environ["PJRT_NPROC"] = os.environ["NPROC"] = str(settings["threads"])
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy

from peer_jax_unet import denoise, load

network, batch = settings["network"], settings["batch"]
image_shape = (batch, network["resolution"], network["resolution"], network["channels"])
pixels = network["resolution"] ** 2 * network["channels"]
label_dim = network["label_dim"]


class Shared:
    """A file that ours.ts has written, read in turn."""

    def __init__(self, name):
        self.name, self.at = name, 0
        self.values = numpy.fromfile(os.path.join(settings["exchange"], name), dtype=numpy.float32)

    def left(self):
        return len(self.values) - self.at

    def take(self, *shape):
        count = int(numpy.prod(shape))
        if count > self.left():
            raise SystemExit(f"{self.name} has {len(self.values)} numbers, which are too few")
        self.at += count
        return self.values[self.at - count : self.at].reshape(shape)


def denoising_loss(parameters, images, labels, sigma, noise):
    """lambda(sigma) (D(y + n; sigma) - y)^2, Eq. (2), Karras et al. 2022: a sum over pixels, a mean over images."""
    s = sigma[:, None, None, None]
    error = denoise(network, parameters, images + noise * s, sigma, labels) - images
    return ((s**2 + 0.25) / (s * 0.5) ** 2 * error**2).sum() / batch


def adam(step, p, m, v, gradient, rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """One parameter and its moments after a step, the first being 1."""
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    return p - rate * (m / (1 - beta1**step)) / (jnp.sqrt(v / (1 - beta2**step)) + eps), m, v


@partial(jax.jit, donate_argnums=0)
def train_step(state, images, labels, sigma, noise):
    """Forward, backward, Adam, average. The old state is overwritten."""
    step = state["step"] + 1
    loss, gradients = jax.value_and_grad(denoising_loss)(state["parameters"], images.astype("float32") / 127.5 - 1, labels, sigma, noise)
    leaves, tree = jax.tree.flatten(state["parameters"])
    rest = [jax.tree.leaves(part) for part in (state["m"], state["v"], state["average"], gradients)]
    updated = []
    for p, m, v, average, gradient in zip(leaves, *rest):
        p, m, v = adam(step, p, m, v, jnp.nan_to_num(gradient, nan=0, posinf=1e5, neginf=-1e5))
        updated.append((p, m, v, 0.999 * average + 0.001 * p))
    parts = [tree.unflatten(part) for part in zip(*updated)]
    return {"step": step, **dict(zip(("parameters", "m", "v", "average"), parts))}, loss


@jax.jit
def draw(key):
    """Noise levels and noise when those of ours.ts are used up."""
    key, levels, noise = jax.random.split(key, 3)
    return key, jnp.exp(jax.random.normal(levels, batch) * 1.2 - 1.2), jax.random.normal(noise, image_shape)


class Train:
    """One step of the training of Karras et al. 2022: forward, backward, Adam, average. Dropout off."""

    def __init__(self, parameters):
        zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)
        average = jax.tree.map(jnp.copy, parameters)
        self.state = {"step": jnp.zeros(()), "parameters": parameters, "m": zeros(), "v": zeros(), "average": average}
        self.images = jnp.asarray(draws.take(*image_shape).astype(numpy.uint8))
        self.key, *_ = draw(jax.random.key(0))

    def run(self):
        if draws.left() > 0:
            sigma, noise = draws.take(batch), draws.take(*image_shape)
        else:
            self.key, sigma, noise = draw(self.key)
        self.state, loss = train_step(self.state, self.images, labels, sigma, noise)
        jax.block_until_ready(self.state)
        return [float(loss) / pixels]


class Forward:
    """The denoised images at sigma = 1, as in a sampler."""

    def __init__(self, parameters):
        self.parameters, self.noise = parameters, jnp.asarray(draws.take(*image_shape))
        self.denoise = jax.jit(partial(denoise, network))

    def run(self):
        return numpy.asarray(self.denoise(self.parameters, self.noise, jnp.ones(batch), labels))


def thread_count():
    """The threads of XLA's pool for work within an operation, as the system names them."""
    names = [open(f"/proc/self/task/{task}/comm").read() for task in os.listdir("/proc/self/task")]
    return sum("XLAEigen" in name for name in names)


weights, draws = Shared("weights.f32"), Shared("draws.f32")
parameters = jax.tree.map(jnp.asarray, load(network, weights.take))
if weights.left() > 0:
    raise SystemExit(f"weights.f32 has {len(weights.values)} numbers and the network {weights.at} parameters")
count = weights.at
labels = jax.nn.one_hot(jnp.arange(batch) % label_dim, label_dim) if label_dim > 0 else None
work = {"train": Train, "forward": Forward}[settings["mode"]](parameters)
del parameters, weights
print(json.dumps({"name": f"JAX {jax.__version__} (XLA, {thread_count()} threads)", "parameters": count}), flush=True)
for line in sys.stdin:
    repetitions = int(line)
    start = time.perf_counter()
    for _ in range(repetitions):
        result = work.run()
    ms = (time.perf_counter() - start) * 1000 / repetitions
    if isinstance(result, numpy.ndarray):
        result = [float(numpy.square(result).mean())]
    print(json.dumps({"ms": ms, "values": result}), flush=True)
