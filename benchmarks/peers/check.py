"""Imports what the peers need, and prints versions, BLAS, threads and what torch.compile has."""
import shutil
import sys
import sysconfig
from pathlib import Path

import numpy
import PIL
import safetensors
import scipy
import scipy.linalg
import torch
from threadpoolctl import threadpool_info

sys.path.append(str(Path(__file__).parent.parent))
from torch_blas import facts

assert (torch.ones(2, 3) @ torch.ones(3, 2)).sum() == 12
scipy.linalg.sqrtm(numpy.eye(4))
print(f"Python {sys.version.split()[0]}, {facts()}")
print(f"numpy {numpy.__version__}, scipy {scipy.__version__}, Pillow {PIL.__version__}, safetensors {safetensors.__version__}")
for library in threadpool_info():
    names = [library["internal_api"], library.get("version") or "", library.get("architecture") or ""]
    print(f"  {Path(library['filepath']).name}: {' '.join(filter(None, names))}, {library['num_threads']} threads")
compiler = shutil.which("g++") or shutil.which("clang++")
header = Path(sysconfig.get_paths()["include"], "Python.h").exists()
if compiler is None:
    print("torch.compile: no C++ compiler (Debian: apt-get install g++): leave out the peers compile and compile-bf16")
else:
    print(f"torch.compile: {compiler}{'' if header else ', without the headers of Python, which some graphs need'}")
