"""Trains with PyTorch's AdamW, and prints the parameters after each step.

Standard input: a list of JSON objects with weight_decay, betas, eps, rates (one a step), start (parameters, lists of numbers) and
grads (steps, lists of gradients, null for a parameter that has none).
"""

import json
import sys

import torch


def train(case):
    parameters = [torch.nn.Parameter(torch.tensor(values)) for values in case['start']]
    betas = [float(beta) for beta in case['betas']]
    optimizer = torch.optim.AdamW(parameters, lr=0, betas=betas, eps=case['eps'], weight_decay=case['weight_decay'])
    steps = []
    for rate, grads in zip(case['rates'], case['grads']):
        for group in optimizer.param_groups:
            group['lr'] = rate
        for parameter, grad in zip(parameters, grads):
            parameter.grad = None if grad is None else torch.tensor(grad)
        optimizer.step()
        steps.append([parameter.tolist() for parameter in parameters])
    return steps


json.dump([train(case) for case in json.load(sys.stdin)], sys.stdout)
