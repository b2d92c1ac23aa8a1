"""Describes PyTorch: start_torch.py DEVICE. Fails where it cannot compute there."""
import json
import os
import sys

file, device = os.environ["GPU_CHECK_FIGURES"], sys.argv[1]
figures = {}
try:
    import torch

    figures["description"] = f"PyTorch {torch.__version__}"
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(f"PyTorch {torch.__version__} finds no GPU (its CUDA is {torch.version.cuda})")
    if device == "cuda":
        figures["description"] += f" on {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
        figures["cudnn"] = torch.backends.cudnn.version()
        figures["built_for"] = torch.cuda.get_arch_list()
    torch.ones(8, 8, device=device).sum().item()
except ImportError as error:
    figures["error"] = f"{sys.executable} cannot import PyTorch: {error}. Pass --python PROGRAM"
except Exception as error:
    figures["error"] = str(error).split("\n")[0]
with open(file + ".tmp", "w") as out:
    json.dump(figures, out)
os.replace(file + ".tmp", file)
sys.exit("error" in figures)
