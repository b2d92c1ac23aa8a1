import { describe, expect, it } from 'vitest';
import { Builder } from '../src/lower/builder.js';
import { cpuDialect, type Dialect } from '../src/lower/dialect.js';
import { filterGradient } from '../src/lower/filter-gradient.js';
import { groupNorm as lowerGroupNorm } from '../src/lower/group-norm.js';
import { toPlain } from '../src/lower/layout.js';
import type { LoweredTensor } from '../src/lower/lowered-tensor.js';
import { groupNorm } from './network.js';
import { distance, images, pattern, restartOrt, tf } from './support.js';

/** The operators for the gradient of a convolution's weights, if its image is the result of a normalization. */
function normalizations(dialect: Dialect, block: boolean): number {
  const b = new Builder(dialect);
  const c = block ? 16 : 12;
  const input = (name: string, shape: number[]): LoweredTensor => ({
    shape,
    dtype: 'float32',
    plain: { name, dims: shape, type: 'float32' },
  });
  const normalized = lowerGroupNorm(b, [input('x', [1, 4, 16, c]), input('g', [c]), input('b', [c])], {
    groups: 4,
    epsilon: 1e-5,
    silu: false,
  });
  toPlain(b, normalized);
  const before = b.nodes.filter(({ op }) => op === 'Reshape').length;
  const geometry = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } as const;
  toPlain(b, filterGradient(b, normalized, input('dy', [1, 4, 16, c]), geometry, [1, 1, c, c]));
  // The recomputation is ordered after the gradient by an empty slice of the gradient's shape.
  return before > 0 ? b.nodes.filter(({ op, attributes }) => op === 'Shape' && attributes.end === 0).length : -1;
}

it.each([true, false])('a backward pass recomputes normalizations, blocked: %s', (block) => {
  expect(normalizations(cpuDialect(16), block)).toBe(1);
  expect(normalizations({ ...cpuDialect(16), rematerialize: false }, block)).toBe(0);
});

type Read = (h: tf.Tensor) => void;

/** Loss and gradients of convolutions between normalizations. `read` is called with the input of the second convolution. */
function run(c: number, read: Read, consumers: 1 | 2): number[][] {
  return tf.tidy(() => {
    const parameters: tf.Tensor[] = [
      ...[1, 2, 3, 4].map((seed) => tf.mul(pattern([3, 3, c, c], seed), 0.2)),
      ...[5, 6, 7, 8].map((seed) => tf.add(pattern([c], seed), 0.5)),
      images([2, 4, 16, c], 9),
    ];
    const conv = (x: tf.Tensor4D, w: tf.Tensor) => tf.conv2d(x, w as tf.Tensor4D, 1, 'same');
    const norm = (x: tf.Tensor4D, gamma: tf.Tensor, beta: tf.Tensor, silu: boolean) =>
      groupNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 4, silu);
    const loss = (...[w1, w2, w3, w4, g1, b1, g2, b2, x]: tf.Tensor[]) => {
      const h = norm(conv(x as tf.Tensor4D, w1!), g1!, b1!, true);
      read(h);
      let next = conv(h, w2!);
      // A second convolution and an addition read the same normalization.
      if (consumers === 2) next = tf.add(tf.add(next, conv(h, w4!)), h);
      return tf.sum(tf.sin(conv(norm(next, g2!, b2!, false), w3!)));
    };
    const used = consumers === 2 ? loss : (...p: tf.Tensor[]) => tf.add(loss(...p), tf.sum(tf.mul(p[3]!, 0)));
    const { value, grads } = tf.valueAndGrads(used)(parameters);
    return [value, ...grads].map((t) => [...t.dataSync()]);
  });
}

describe('gradients of convolutions between normalizations', () => {
  describe.each([
    [16, 1],
    [16, 2],
    [12, 2],
  ] as const)('%s channels, %s consumers', (c, consumers) => {
    const kept: tf.Tensor[] = [];
    const ways: [string, Read][] = [
      ['read between the passes', (h) => void h.dataSync()],
      ['kept by the caller', (h) => void kept.push(tf.keep(tf.clone(h)))],
      ['in a flush of its own', () => (tf.backend() as { flush?: () => void }).flush?.()],
    ];

    it('agree with the CPU backend, with the same bits whatever else reads the normalization', async () => {
      await tf.setBackend('cpu');
      const expected = run(c, () => undefined, consumers);
      const ort = await restartOrt();
      ort.forbidFallback = true;
      const together = run(c, () => undefined, consumers);
      expect(ort.counters().runs).toBe(1);
      together.forEach((values, i) => {
        const largest = Math.max(...expected[i]!.map(Math.abs), 1e-3);
        const scaled = (v: number) => v / largest;
        expect(distance(values.map(scaled), expected[i]!.map(scaled))).toBeLessThan(1e-5);
      });
      for (const [, read] of ways) {
        await restartOrt();
        expect(run(c, read, consumers)).toEqual(together);
      }
      tf.dispose(kept.splice(0));
    });
  });
});
