"""How the network of peer.py computes: float32, TF32 or autocast to bfloat16, compiled or not."""
import torch


def use_precision(net, settings):
    """Applies the settings `torch` of settings.ts to the network."""
    options = settings.get("torch", {})
    precision = options.get("precision", "fp32")
    torch.set_float32_matmul_precision("highest" if precision == "fp32" else "high")
    torch.backends.cudnn.allow_tf32 = precision != "fp32"
    # The shapes stay the same, so the fastest convolution is worth a search.
    torch.backends.cudnn.benchmark = True
    if options.get("channels_last"):
        net.to(memory_format=torch.channels_last)
    net.autocasts = precision == "bf16"
    if options.get("compile"):
        if settings["mode"] not in ("train", "forward"):
            raise SystemExit("compile is for the modes train and forward: the others copy the network")
        net.unet.compile()
