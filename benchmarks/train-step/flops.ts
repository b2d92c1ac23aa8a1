import type { Mode, Size } from './settings.js';

/**
 * Passes through one network, in units of a forward pass. A backward pass is two: gradients with respect to the
 * inputs and to the weights.
 *
 * - SiD and Diff-Instruct: the generator's forward pass and a training step of the score network (1 + 3), then a
 *   training step of the generator (3) and two frozen networks. SiD wants the gradient of those with respect to the
 *   input (2 + 2), Diff-Instruct none (1 + 1).
 * - BOOT: the student at t and two evaluations of the teacher for the target, one for the boundary (1 + 2 + 1), and the
 *   student's training on both losses (3 + 3).
 */
const PASSES: Record<Mode, number> = { forward: 1, train: 3, sid: 11, 'diff-instruct': 9, boot: 10 };

/** Floating-point operations of one piece of work: its convolutions and matrix products, a multiply-add being two. */
export function flops({ batch, network }: Size, mode: Mode): number {
  return forwardFlops(network) * batch * PASSES[mode];
}

/** Of one image's forward pass, along the network's blocks. */
function forwardFlops(size: Size['network']): number {
  const { resolution, channels, label_dim, model_channels: base, channel_mult, num_blocks, attn_resolutions } = size;
  const embedding = 4 * base;
  const convolution = (r: number, kernel: number, from: number, to: number) => 2 * r * r * kernel * kernel * from * to;
  const block = (r: number, from: number, to: number, { resampled = false, attention = false } = {}) => {
    const shortcut = from !== to || resampled ? convolution(r, 1, from, to) : 0;
    // Query, key, value and output projections; then queries with keys, and weights with values.
    const attending = attention ? convolution(r, 1, to, 4 * to) + 4 * r ** 4 * to : 0;
    return convolution(r, 3, from, to) + convolution(r, 3, to, to) + 2 * embedding * to + shortcut + attending;
  };
  let sum = 2 * (label_dim * base + base * embedding + embedding * embedding);
  sum += convolution(resolution, 3, channels, base);
  let c = base;
  const kept = [c];
  for (const [level, factor] of channel_mult.entries()) {
    const r = resolution >> level;
    if (level > 0) {
      sum += block(r, c, c, { resampled: true });
      kept.push(c);
    }
    for (let i = 0; i < num_blocks; i++) {
      sum += block(r, c, base * factor, { attention: attn_resolutions.includes(r) });
      kept.push((c = base * factor));
    }
  }
  for (let level = channel_mult.length - 1; level >= 0; level--) {
    const r = resolution >> level;
    const lowest = level === channel_mult.length - 1;
    sum += lowest ? block(r, c, c, { attention: true }) + block(r, c, c) : block(r, c, c, { resampled: true });
    for (let i = 0; i <= num_blocks; i++) {
      const width = base * channel_mult[level]!;
      sum += block(r, c + kept.pop()!, width, { attention: i === num_blocks && attn_resolutions.includes(r) });
      c = width;
    }
  }
  return sum + convolution(resolution, 3, c, channels);
}
