"""Writes the training fixtures next to it: two iterations of SiD and of Diff-Instruct with labels, in two micro-batches.

PYTHONPATH=test-support/published python parity/test/data/conditional_training.py
"""
import copy
import json
import pathlib
import struct

import torch
from training.networks import EDMPrecond

ITERATIONS, ROUNDS, SIZE, CLASSES = 2, 2, 2, 3
SETTINGS = dict(model_type="SongUNet", model_channels=4, channel_mult=[1, 1], num_blocks=1, attn_resolutions=[4], augment_dim=0, dropout=0)
SHAPE = (SIZE, 1, 8, 8)
RATES = dict(lr_score=0.01, lr_generator=0.002)


def write(path, tensors, metadata):
    header, offset = {"__metadata__": {k: v if isinstance(v, str) else json.dumps(v) for k, v in metadata.items()}}, 0
    for name, t in tensors.items():
        header[name] = dict(dtype="F32", shape=list(t.shape), data_offsets=[offset, offset + 4 * t.numel()])
        offset += 4 * t.numel()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(t.contiguous().numpy().tobytes() for t in tensors.values()))


def karras(t, low=0.002, high=80.0, rho=7.0):
    return (high ** (1 / rho) + (1 - t) * (low ** (1 / rho) - high ** (1 / rho))) ** rho


def train(name, init_sigma, generator_loss, generator_sigma, shared, further):
    torch.manual_seed(7)
    teacher = EDMPrecond(8, 1, CLASSES, **SETTINGS)
    for p in teacher.parameters():  # initial weights have zeros
        p.data = p.data + 0.1 * torch.randn_like(p)
    teacher.requires_grad_(False)
    fake, student = (copy.deepcopy(teacher).requires_grad_(True) for _ in range(2))
    adam = lambda net, lr: torch.optim.Adam(net.parameters(), lr=lr, betas=(0.0, 0.999), eps=1e-8)
    fake_adam, student_adam = adam(fake, RATES["lr_score"]), adam(student, RATES["lr_generator"])
    tensors = {f"teacher.{k}": v.clone() for k, v in teacher.state_dict().items()}
    classes, draws = [], 0

    def draw(make):
        nonlocal draws
        tensors[f"random.{draws}"] = make
        draws += 1
        return make

    def one_hot(rows):
        return torch.nn.functional.one_hot(torch.tensor(rows), CLASSES).float()

    def generate(z, labels):
        return student(z * init_sigma, torch.full((SIZE,), init_sigma), labels)

    for k in range(ITERATIONS):
        rows = [[int(c) for c in torch.randint(CLASSES, (SIZE,))] for _ in range(2 * ROUNDS)]
        if shared:
            rows[ROUNDS:] = rows[:ROUNDS]
        classes += rows
        parts = []
        for r in range(ROUNDS):
            labels = one_hot(rows[r])
            z, n, noise = draw(torch.randn(SHAPE)), draw(torch.randn(SIZE, 1, 1, 1)), draw(torch.randn(SHAPE))
            sigma = (n * 1.2 - 1.2).exp()
            with torch.no_grad():
                images = generate(z, labels)
            weight = (sigma**2 + 0.25) / (sigma * 0.5) ** 2
            loss = weight * (fake(images + sigma * noise, sigma, labels) - images) ** 2
            (loss.sum() / (SIZE * ROUNDS)).backward()
            parts.append(loss.detach())
        tensors[f"iter{k}.score_loss"] = torch.cat(parts)
        fake_adam.step()
        fake_adam.zero_grad()
        fake.requires_grad_(False)
        parts, made = [], []
        for r in range(ROUNDS):
            labels = one_hot(rows[ROUNDS + r])
            z, n, noise = draw(torch.randn(SHAPE)), draw(generator_sigma[0]()), draw(torch.randn(SHAPE))
            sigma = generator_sigma[1](n)
            x = generate(z, labels)
            noisy = x + sigma * noise
            loss, scale = generator_loss(x, teacher(noisy, sigma, labels), fake(noisy, sigma, labels))
            (loss.sum() * scale / (SIZE * ROUNDS)).backward()
            parts.append(loss.detach())
            made.append(x.detach())
        tensors[f"iter{k}.generator_image"], tensors[f"iter{k}.generator_loss"] = torch.cat(made), torch.cat(parts)
        if k == 0:
            tensors.update({f"iter0.generator_grad.{n}": p.grad.clone() for n, p in student.named_parameters()})
        student_adam.step()
        student_adam.zero_grad()
        fake.requires_grad_(True)
    for part, net in [("score", fake), ("generator", student)]:
        tensors.update({f"after.{part}.{n}": p.detach() for n, p in net.named_parameters()})
    if shared:  # listed once for both phases
        classes = [row for k in range(ITERATIONS) for row in classes[2 * k * ROUNDS : (2 * k + 1) * ROUNDS]]
    metadata = dict(**RATES, betas=[0.0, 0.999], eps=1e-8, init_sigma=init_sigma, batch=SIZE * ROUNDS, label_dim=CLASSES, classes=classes, **further)
    write(pathlib.Path(__file__).with_name(f"{name}.safetensors"), tensors, metadata)


def sid_loss(x, real, fake, alpha=1.0):
    weight = (x - real).detach().abs().mean((1, 2, 3), keepdim=True).clamp(min=1e-5)
    gap = real - fake
    return gap * ((real - x) - alpha * gap) / weight, 100


def diff_instruct_loss(x, real, fake):
    return ((fake - real).detach() * x).sum((1, 2, 3)), 1


train("sid-conditional", 2.5, sid_loss, (lambda: torch.rand(SIZE, 1, 1, 1), lambda t: karras(t * 0.8)), False,
      dict(alpha=1.0, tmax=800, loss_scale_score=1.0, loss_scale_generator=100.0))
train("diff-instruct-conditional", 1.0, diff_instruct_loss, (lambda: torch.randn(SIZE, 1, 1, 1), lambda n: (n * 1.2 - 1.2).exp()), True, {})
