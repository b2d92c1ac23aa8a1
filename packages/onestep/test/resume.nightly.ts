import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import type { DistillationMethod } from '@onestep/diffusion-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { givenData } from '../../../test-support/given-data.js';
import { METHODS } from '../src/index.js';

const BATCH = 4;
let folder: string;

beforeAll(async () => {
  await startTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'onestep-resume-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Makes steps `from` to `to`, and returns their statistics. */
async function iterate(run: DistillationMethod, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await run.step(i * BATCH));
  return stats;
}

describe.each(METHODS.map((method) => [method.name, method] as const))('%s', (name, method) => {
  const create = (options: object = {}) => {
    const teacher = conditionalNetwork({ dropout: 0.1 });
    const rate = { [Object.hasOwn(method.options, 'glr') ? 'glr' : 'lr']: 1e-3 };
    const settings = { ...method.presets.small?.options, batch: BATCH, ...rate, ...options };
    return method.create({ teacher, ...givenData(method, teacher, BATCH), options: settings });
  };

  it('two steps, a file, and two steps more are four steps, to the last bit', async () => {
    const whole = create();
    const expected = await iterate(whole, 0, 4);

    const interrupted = create();
    expect(await iterate(interrupted, 0, 2)).toEqual(expected.slice(0, 2));
    const { tensors, values } = await interrupted.state();
    const path = join(folder, `${name}.safetensors`);
    await writeSafetensors(path, { tensors, metadata: { values: JSON.stringify(values) } });
    interrupted.dispose();

    const file = await readSafetensors(path);
    const resumed = create({ seed: 99 });
    const saved = JSON.parse(file.metadata.values!) as Record<string, unknown>;
    await resumed.restore({ tensors: file.tensors, values: saved });
    expect(await iterate(resumed, 2, 4)).toEqual(expected.slice(2));
    expect(await resumed.state()).toEqual(await whole.state());
  });

  it('keeps no tensors from step to step', async () => {
    const run = create({ batchGpu: 2 });
    await iterate(run, 0, 2);
    const { numTensors } = tf.memory();
    await iterate(run, 2, 5);
    expect(tf.memory().numTensors).toBe(numTensors);
    run.dispose();
  });
});
