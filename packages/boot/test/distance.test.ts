import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DISTANCES, perceptualDistance, type Distance } from '@onestep/boot';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const SHAPE: [number, number, number, number] = [2, 2, 2, 1];
const image = (...values: number[]) => tf.tensor4d(values, SHAPE);
const A = () => image(1, 2, 3, 4, 0, 0, 0, 0);
const B = () => image(1, 2, 3, 1, 1, -1, 1, -1);

describe('distances', () => {
  it('are sums over the pixels of each image', () => {
    expect([...DISTANCES.l2(A(), B()).dataSync()]).toEqual([9, 4]);
    expect([...DISTANCES.l1(A(), B()).dataSync()]).toEqual([3, 4]);
    const c = 0.00054 * 2;
    const huber = DISTANCES['pseudo-huber'](A(), B()).dataSync();
    expect(huber[0]).toBeCloseTo(Math.sqrt(9 + c ** 2) - c, 5);
    expect(huber[1]).toBeCloseTo(Math.sqrt(4 + c ** 2) - c, 5);
  });

  it("the perceptual one sees what its network's features tell apart", () => {
    // Features that do not see brightness: the directions of (x, 1 - x) and (x, 0).
    const features = (x: tf.Tensor4D) => [tf.concat([x, tf.sub(1, x)], 3), tf.concat([x, tf.zerosLike(x)], 3)];
    const distance = perceptualDistance({ features: (x) => features(x) as tf.Tensor4D[] });
    const [different, same] = distance(image(1, 1, 1, 1, 2, 2, 2, 2), image(0, 0, 0, 0, 2, 2, 2, 2)).dataSync();
    // (1, 0) and (0, 1) are 2 apart, (1, 0) and (0, 0) are 1 apart.
    expect(different).toBeCloseTo(3, 4);
    expect(same).toBe(0);
  });

  const all: [string, Distance][] = Object.entries(DISTANCES);
  all.push(['perceptual', perceptualDistance({ features: (x) => [tf.concat([x, tf.square(x), tf.onesLike(x)], 3)] })]);
  it.each(all)('%s is 0, with finite gradients, for equal images, and falls downhill', (_, distance) => {
    const values = new Rng(1).normal(8);
    const evaluate = (a: Float32Array) => {
      const parameter = new Parameter(tf.tensor(a, SHAPE));
      const { loss, grads } = lossAndGrads(() => {
        const d = distance(parameter.variable as tf.Tensor as tf.Tensor4D, tf.tensor4d(values, SHAPE));
        return { loss: tf.sum(d) as tf.Scalar, aux: {} };
      }, [parameter]);
      return { loss: loss.dataSync()[0]!, grad: grads[0]!.dataSync() };
    };
    const same = evaluate(values);
    expect(same.loss).toBeCloseTo(0, 6);
    expect(same.grad.every(Number.isFinite)).toBe(true);
    const other = values.map((value, i) => value + 0.3 * Math.sin(i + 1));
    const { loss, grad } = evaluate(other);
    expect(loss).toBeGreaterThan(0);
    const scale = 1e-3 / Math.hypot(...grad);
    expect(evaluate(other.map((value, i) => value - scale * grad[i]!)).loss).toBeLessThan(loss);
  });
});
