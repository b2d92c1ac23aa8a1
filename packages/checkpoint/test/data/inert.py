"""Writes the files of this folder: weights next to objects of many classes, as training scripts save them.

Run it with PyTorch and NumPy: python inert.py
"""

import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import pathlib
import pickle
import uuid
import warnings

import numpy as np
import torch

warnings.filterwarnings('ignore')


class Color(enum.Enum):
    RED = 1


class Flags(enum.IntFlag):
    A = 1
    B = 2


class Ordered(collections.OrderedDict):
    pass


class Attributes(dict):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.__dict__ = self


class Items(list):
    pass


class Members(set):
    pass


class Slots:
    __slots__ = ('a', 'b')

    def __init__(self):
        self.a, self.b = 1, None


class Keywords:
    def __new__(cls, *, size):
        return super().__new__(cls)

    def __getnewargs_ex__(self):
        return (), {'size': 3}


@dataclasses.dataclass
class Config:
    rate: float = 0.1
    path: pathlib.Path = pathlib.Path('a/b')


Point = collections.namedtuple('Point', 'x y')


class Callback:
    def __init__(self):
        self.owner = self
        self.best = torch.tensor(0.5)


class Tagged(torch.Tensor):
    pass


def cyclic():
    items, names = [1], {}
    items.append(items)
    names['self'] = names
    return [items, names, Callback()]


def objects():
    return {
        'namespace': argparse.Namespace(lr=0.1, betas=(0.9, 0.99)),
        'ordered': Ordered(a=1, b=2),
        'attributes': Attributes(a=1, b=Attributes(c=2)),
        'items': Items([1, 2]),
        'members': Members([1]),
        'slots': Slots(),
        'keywords': Keywords(size=3),
        'config': Config(),
        'point': Point(1, 2),
        'color': Color.RED,
        'flags': Flags.A | Flags.B,
        'now': datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone.utc),
        'took': datetime.timedelta(seconds=3),
        'path': pathlib.PosixPath('runs/00001'),
        'pure': pathlib.PureWindowsPath('runs/00001'),
        'default': collections.defaultdict(list, {'a': [1]}),
        'counter': collections.Counter('aab'),
        'deque': collections.deque([1, 2], maxlen=3),
        'partial': functools.partial(int, base=2),
        'decimal': decimal.Decimal('1.5'),
        'fraction': fractions.Fraction(1, 3),
        'uuid': uuid.UUID(int=5),
        'complex': 1 + 2j,
        'slice': slice(1, 2),
        'range': range(3),
        'bytearray': bytearray(b'abc'),
        'function': len,
        'type': dict,
        'module_function': torch.nn.functional.relu,
        'dtype': torch.float32,
        'device': torch.device('cuda', 1),
        'size': torch.Size([1, 2]),
        'layout': torch.strided,
        'float16': np.float16(1.5),
        'int64': np.int64(7),
        'str_': np.str_('text'),
        'datetime64': np.datetime64('2026-01-02'),
        'numpy_dtype': np.dtype([('a', 'f4'), ('b', 'i8')]),
        'random_state': np.random.RandomState(1),
        'generator': np.random.default_rng(1),
        'objects': np.array([None, 'a'], dtype=object),
        'texts': np.array(['a', 'bc']),
        'structured': np.zeros(2, dtype=[('a', 'f4')]),
        'complex_array': np.array([1j]),
        'callbacks': cyclic(),
        'adam': torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))]),
    }


def arrays():
    grid = np.arange(6, dtype=np.float32).reshape(2, 3)
    return {
        'fortran': np.asfortranarray(grid),
        'cube': np.asfortranarray(np.arange(24, dtype=np.int16).reshape(2, 3, 4)),
        'uint16': np.array([1, 65535], dtype=np.uint16),
        'big_endian': grid.astype('>f4'),
        'half': np.array([0.5, 2], dtype=np.float16),
        'empty': np.zeros((0, 3), dtype=np.float32, order='F'),
    }


def weights():
    parameter = torch.nn.Parameter(torch.full((2,), 3.0))
    parameter.tag = 'kept'
    return {
        'plain': torch.arange(6, dtype=torch.float32).reshape(2, 3),
        'parameter': parameter,
        'subclass': torch.ones(2).as_subclass(Tagged),
        'uint16': torch.tensor([1, 65535], dtype=torch.uint16),
        'complex': torch.tensor([1 + 2j]),
        'sparse': torch.tensor([[0.0, 1.0]]).to_sparse(),
        'float8': torch.tensor([1.0]).to(torch.float8_e4m3fn),
        'meta': torch.empty(2, device='meta'),
    }


# Other names than those of the script: the reader never sees the classes.
for cls in (Color, Flags, Ordered, Attributes, Items, Members, Slots, Keywords, Config, Point, Callback, Tagged):
    assert cls.__module__ == '__main__'

everything = {**objects(), 'arrays': arrays(), 'state_dict': Ordered(weights())}
torch.save(everything, 'inert-zip.pth')
torch.save(everything, 'inert-legacy.pth', _use_new_zipfile_serialization=False)
for protocol in (0, 2, 5):
    # Without tensors: pickle.dump writes each of their storages as a file of its own.
    plain = {name: value for name, value in everything.items() if name != 'state_dict' and name != 'adam'}
    if protocol < 2:
        plain = {name: value for name, value in plain.items() if name not in ('slots', 'keywords')}
    with open(f'inert-{protocol}.pkl', 'wb') as file:
        pickle.dump({**plain, 'state_dict': Ordered(plain=torch.ones(2))}, file, protocol=protocol)
