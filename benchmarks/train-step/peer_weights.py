"""Loads the weights that the TypeScript worker has written."""
from peer_draws import read


def load_weights(net):
    values, at = read("weights.f32"), 0
    for p in net.parameters():
        p.data.copy_(values[at : at + p.numel()].reshape(p.shape))
        at += p.numel()
    if at != len(values):
        raise SystemExit(f"weights.f32 has {len(values)} numbers and the network {at} parameters")
