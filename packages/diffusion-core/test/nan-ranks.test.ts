import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectPorts, MicroBatches, PortCommunicator, RankNanError } from '@onestep/diffusion-core';
import { Parameter } from '@onestep/nn';
import { inTurns } from '../src/training/in-turns.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/**
 * Sums the gradients of sum(w x) over processes, step by step.
 *
 * @param steps what x is in each process
 */
async function sumGradients(steps: readonly (readonly number[])[]): Promise<PromiseSettledResult<number[]>[]> {
  const size = steps[0]!.length;
  return Promise.allSettled(
    connectPorts(size).map(async (member) => {
      const micro = new MicroBatches({ batch: size }, new PortCommunicator(member));
      const parameter = new Parameter(tf.tensor1d([1, 1]));
      const sums: number[] = [];
      for (const values of steps) {
        const inputs = [{ x: tf.scalar(values[member.rank]!) }];
        const { gradient } = await inTurns(
          (function* () {
            const { grads } = yield* micro.accumulate('loss', [parameter], inputs, ({ x }) => ({
              loss: tf.sum(tf.mul(parameter.variable, x)),
              aux: {},
            }));
            return { gradient: grads[0]! };
          })(),
        );
        sums.push(gradient.dataSync()[0]!);
      }
      return sums;
    }),
  );
}

const repeat = (count: number, values: readonly number[]) => Array.from({ length: count }, () => values);

describe('processes whose gradients are NaN', () => {
  it('end all with one message, if they go on alone', async () => {
    const results = await sumGradients([[1, 2, 3], ...repeat(20, [1, NaN, NaN])]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(RankNanError) as unknown });
      expect(result).toMatchObject({
        reason: {
          message: expect.stringMatching(
            /^Rank 1 on this machine and Rank 2 on this machine returned NaN 16 times in a row/,
          ) as unknown,
        },
      });
    }
  });

  it('are survived where all are, or now one and now another, or from time to time', async () => {
    const turns = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? [NaN, 1] : [1, NaN]));
    const rare = Array.from({ length: 40 }, (_, i) => [1, i % 16 === 15 ? 1 : NaN]);
    const results = await sumGradients([...repeat(40, [NaN, NaN]), ...turns, [1, 2], ...rare, [1, 2]]);
    for (const result of results) expect(result).toMatchObject({ status: 'fulfilled' });
    for (const result of results) if (result.status === 'fulfilled') expect(result.value.at(-1)).toBe(3);
  });
});
