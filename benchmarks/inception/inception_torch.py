"""The FID Inception network in PyTorch, written from its description, with batch normalization in evaluation mode
after each convolution, as in the public PyTorch detectors.
"""
import torch
import torch.nn.functional as F
from torch import nn


class Unit(nn.Module):
    """Convolution, batch normalization, ReLU, with "same" padding at stride 1 by default."""

    def __init__(self, inputs, outputs, kernel, stride=1, same=True):
        super().__init__()
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(k // 2 for k in kernel) if same and stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)), inplace=True)


def avg_pool(x):
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def max_pool_same(x):
    return F.max_pool2d(x, 3, 1, 1)


def max_pool(x):
    return F.max_pool2d(x, 3, 2)


class Mixed(nn.Module):
    """Parallel branches. A branch is a list of unit names, functions, or pairs of unit names in parallel."""

    def __init__(self, branches, **units):
        super().__init__()
        for name, unit in units.items():
            setattr(self, name, unit)
        self.branches = branches

    def apply_step(self, step, x):
        if isinstance(step, tuple):
            return torch.cat([self.apply_step(part, x) for part in step], 1)
        return getattr(self, step)(x) if isinstance(step, str) else step(x)

    def forward(self, x):
        outputs = []
        for branch in self.branches:
            y = x
            for step in branch:
                y = self.apply_step(step, y)
            outputs.append(y)
        return torch.cat(outputs, 1)


def mixed5(inputs, pool):
    return Mixed(
        [
            ["branch1x1"],
            ["branch5x5_1", "branch5x5_2"],
            ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"],
            [avg_pool, "branch_pool"],
        ],
        branch1x1=Unit(inputs, 64, 1),
        branch5x5_1=Unit(inputs, 48, 1),
        branch5x5_2=Unit(48, 64, 5),
        branch3x3dbl_1=Unit(inputs, 64, 1),
        branch3x3dbl_2=Unit(64, 96, 3),
        branch3x3dbl_3=Unit(96, 96, 3),
        branch_pool=Unit(inputs, pool, 1),
    )


def mixed6a():
    return Mixed(
        [["branch3x3"], ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"], [max_pool]],
        branch3x3=Unit(288, 384, 3, 2),
        branch3x3dbl_1=Unit(288, 64, 1),
        branch3x3dbl_2=Unit(64, 96, 3),
        branch3x3dbl_3=Unit(96, 96, 3, 2),
    )


def mixed6(inner):
    return Mixed(
        [
            ["branch1x1"],
            ["branch7x7_1", "branch7x7_2", "branch7x7_3"],
            [f"branch7x7dbl_{i}" for i in range(1, 6)],
            [avg_pool, "branch_pool"],
        ],
        branch1x1=Unit(768, 192, 1),
        branch7x7_1=Unit(768, inner, 1),
        branch7x7_2=Unit(inner, inner, (1, 7)),
        branch7x7_3=Unit(inner, 192, (7, 1)),
        branch7x7dbl_1=Unit(768, inner, 1),
        branch7x7dbl_2=Unit(inner, inner, (7, 1)),
        branch7x7dbl_3=Unit(inner, inner, (1, 7)),
        branch7x7dbl_4=Unit(inner, inner, (7, 1)),
        branch7x7dbl_5=Unit(inner, 192, (1, 7)),
        branch_pool=Unit(768, 192, 1),
    )


def mixed7a():
    return Mixed(
        [["branch3x3_1", "branch3x3_2"], [f"branch7x7x3_{i}" for i in range(1, 5)], [max_pool]],
        branch3x3_1=Unit(768, 192, 1),
        branch3x3_2=Unit(192, 320, 3, 2),
        branch7x7x3_1=Unit(768, 192, 1),
        branch7x7x3_2=Unit(192, 192, (1, 7)),
        branch7x7x3_3=Unit(192, 192, (7, 1)),
        branch7x7x3_4=Unit(192, 192, 3, 2),
    )


def mixed7(inputs, pool):
    return Mixed(
        [
            ["branch1x1"],
            ["branch3x3_1", ("branch3x3_2a", "branch3x3_2b")],
            ["branch3x3dbl_1", "branch3x3dbl_2", ("branch3x3dbl_3a", "branch3x3dbl_3b")],
            [pool, "branch_pool"],
        ],
        branch1x1=Unit(inputs, 320, 1),
        branch3x3_1=Unit(inputs, 384, 1),
        branch3x3_2a=Unit(384, 384, (1, 3)),
        branch3x3_2b=Unit(384, 384, (3, 1)),
        branch3x3dbl_1=Unit(inputs, 448, 1),
        branch3x3dbl_2=Unit(448, 384, 3),
        branch3x3dbl_3a=Unit(384, 384, (1, 3)),
        branch3x3dbl_3b=Unit(384, 384, (3, 1)),
        branch_pool=Unit(inputs, 192, 1),
    )


class Inception(nn.Module):
    """[N, 3, H, W], 0 to 255, to features [N, 2048] and class scores without a bias [N, 1008]."""

    def __init__(self):
        super().__init__()
        self.Conv2d_1a_3x3 = Unit(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = Unit(32, 32, 3, same=False)
        self.Conv2d_2b_3x3 = Unit(32, 64, 3)
        self.Conv2d_3b_1x1 = Unit(64, 80, 1)
        self.Conv2d_4a_3x3 = Unit(80, 192, 3, same=False)
        self.Mixed_5b = mixed5(192, 32)
        self.Mixed_5c = mixed5(256, 64)
        self.Mixed_5d = mixed5(288, 64)
        self.Mixed_6a = mixed6a()
        self.Mixed_6b = mixed6(128)
        self.Mixed_6c = mixed6(160)
        self.Mixed_6d = mixed6(160)
        self.Mixed_6e = mixed6(192)
        self.Mixed_7a = mixed7a()
        self.Mixed_7b = mixed7(1280, avg_pool)
        self.Mixed_7c = mixed7(2048, max_pool_same)
        self.fc = nn.Linear(2048, 1008)

    def forward(self, x):
        x = (resize(x, 299) - 128) / 128
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(max_pool(x)))
        x = max_pool(x)
        for part in "5b 5c 5d 6a 6b 6c 6d 6e 7a 7b 7c".split():
            x = getattr(self, f"Mixed_{part}")(x)
        features = x.mean((2, 3))
        return features, features @ self.fc.weight.T


def resize(x, size):
    """TensorFlow 1's bilinear resizing: output pixel i is at i * H / size, and the last pixel is repeated."""

    def along(x, axis):
        length = x.shape[axis]
        position = torch.arange(size, dtype=torch.float32) * (length / size)
        low = position.floor().long()
        high = (low + 1).clamp(max=length - 1)
        share = (position - low).view([-1 if i == axis else 1 for i in range(4)])
        a, b = x.index_select(axis, low), x.index_select(axis, high)
        return a + (b - a) * share

    return along(along(x, 3), 2)
