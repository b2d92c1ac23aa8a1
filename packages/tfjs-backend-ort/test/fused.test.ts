import { describe, expect, it } from 'vitest';
import { plainGroupNorm } from './network.js';
import { distance, images, pattern, tf, useOrt } from './support.js';

/** Runs the reference composition on the CPU backend, then the kernel on ort. */
async function compare(reference: () => tf.Tensor[], kernel: () => tf.Tensor[]): Promise<number> {
  await tf.setBackend('cpu');
  const expected = reference().map((t) => [...t.dataSync()]);
  const ort = await useOrt();
  ort.forbidFallback = true;
  const actual = kernel().map((t) => [...t.dataSync()]);
  return Math.max(...actual.map((a, i) => distance(a, expected[i]!)));
}

const run = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap = {}) =>
  [tf.engine().runKernel(name, inputs, attrs) as tf.Tensor | tf.Tensor[]].flat();

describe('fused kernels', () => {
  it.each([
    [32, 8, true],
    [32, 4, false],
    [12, 3, true],
  ])('GroupNorm and its gradient: %s channels, %s groups, SiLU %s', async (c, groups, silu) => {
    const inputs = () => ({
      // A large mean must not cost precision.
      x: tf.add(images([2, 5, 4, c]), 10) as tf.Tensor4D,
      gamma: pattern<tf.Rank.R1>([c], 2),
      beta: pattern<tf.Rank.R1>([c], 3),
    });
    const attrs = { groups, epsilon: 1e-5, silu };
    const reference = () => {
      const { x, gamma, beta } = inputs();
      const f = (x: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
        plainGroupNorm(x as tf.Tensor4D, g as tf.Tensor1D, b as tf.Tensor1D, groups, silu);
      return [f(x, gamma, beta), ...tf.grads(f)([x, gamma, beta], pattern([2, 5, 4, c], 4))];
    };
    const kernels = () => [
      ...run('GroupNorm', inputs(), attrs),
      ...run('GroupNormGrad', { dy: pattern([2, 5, 4, c], 4), ...inputs() }, attrs),
    ];
    expect(await compare(reference, kernels)).toBeLessThan(1e-5);
  });

  it('Silu and SiluGrad', async () => {
    const silu = (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x));
    const reference = () => [silu(pattern([3, 5])), tf.grad(silu)(pattern([3, 5]), pattern([3, 5], 2))];
    const kernels = () => [
      ...run('Silu', { x: pattern([3, 5]) }),
      ...run('SiluGrad', { dy: pattern([3, 5], 2), x: pattern([3, 5]) }),
    ];
    expect(await compare(reference, kernels)).toBeLessThan(1e-6);
  });

  it.each([0.9, 0])('AdamUpdate with beta1 %s replaces NaN and infinite gradients', async (beta1) => {
    const shapes = [[3, 4], [5], []];
    const bound = 2;
    const [lr, correction1, correction2, beta2, epsilon] = [0.1, 0.3, 0.2, 0.99, 1e-8];
    const gradient = (i: number) =>
      i === 1 ? tf.tensor1d([NaN, Infinity, -Infinity, 7, -0.5]) : pattern(shapes[i]!, 20 + i);
    const tensors = (seed: number) => shapes.map((s, i) => tf.abs(pattern(s, seed + i)));
    const reference = () => {
      const [p, m, v] = [tensors(1), tensors(5), tensors(9)];
      const g = shapes.map((_, i) => (i === 1 ? tf.tensor1d([0, bound, -bound, 7, -0.5]) : gradient(i)));
      const m1 = m.map((x, i) => tf.add(tf.mul(x, beta1), tf.mul(g[i]!, 1 - beta1)));
      const v1 = v.map((x, i) => tf.add(tf.mul(x, beta2), tf.mul(tf.square(g[i]!), 1 - beta2)));
      const p1 = p.map((x, i) =>
        tf.sub(
          x,
          tf.div(tf.mul(tf.div(m1[i]!, correction1), lr), tf.add(tf.sqrt(tf.div(v1[i]!, correction2)), epsilon)),
        ),
      );
      return [...p1, ...m1, ...v1];
    };
    const kernels = () => {
      const inputs: tf.NamedTensorMap = {
        lr: tf.scalar(lr),
        correction1: tf.scalar(correction1),
        correction2: tf.scalar(correction2),
      };
      shapes.forEach((_, i) => {
        Object.assign(inputs, {
          [`p${i}`]: tensors(1)[i],
          [`g${i}`]: gradient(i),
          [`m${i}`]: tensors(5)[i],
          [`v${i}`]: tensors(9)[i],
        });
      });
      return run('AdamUpdate', inputs, { count: 3, beta1, beta2, epsilon, bound });
    };
    expect(await compare(reference, kernels)).toBeLessThan(1e-6);
  });

  it('EmaUpdate', async () => {
    const reference = () => [tf.add(pattern([3], 2), tf.mul(0.7, tf.sub(pattern([3]), pattern([3], 2))))];
    const kernels = () =>
      run('EmaUpdate', { e0: pattern([3]), p0: pattern([3], 2), beta: tf.scalar(0.7) }, { count: 1 });
    expect(await compare(reference, kernels)).toBeLessThan(1e-6);
  });
});
