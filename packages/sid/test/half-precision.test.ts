import { beforeAll, expect, it } from 'vitest';
import { PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { sid } from '@onestep/sid';
import { startTestBackend } from '../../../test-support/backend.js';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';

beforeAll(startTestBackend);

const LEARNING_RATE = 1e-3;

/** Quotients of Adam's first step and the learning rate, and the gradients, of a network of a distillation. */
async function firstStep(useFp16: boolean, network: 'G' | 'fake_score', optimizer: string) {
  const { settings } = conditionalNetwork();
  const teacher = new PreconditionedNetwork({ ...settings, useFp16 }, new Rng(11));
  const before = await teacher.stateDict();
  const distillation = sid.create({ teacher, options: { batch: 2, lr: LEARNING_RATE, glr: LEARNING_RATE } });
  await distillation.step(0);
  const { tensors } = await distillation.state();
  return [...teacher.namedParameters().keys()].flatMap((name) => {
    const values = (key: string) => [...(tensors[key]!.data as Float32Array)];
    const gradients = values(`${optimizer}.exp_avg.${name}`);
    const old = before[name]!.data as Float32Array;
    return values(`${network}.${name}`).map((value, i) => ({
      gradient: gradients[i]!,
      step: (Number(old[i]) - value) / LEARNING_RATE,
    }));
  });
}

// With beta1 = 0, Adam's first step is lr g / (|g| + epsilon), Algorithm 1, Kingma and Ba 2015.
it.each([
  [true, 1e-6],
  [false, 1e-8],
])('with useFp16 %s, both optimizers of SiD have the epsilon %f', async (useFp16, epsilon) => {
  for (const [network, optimizer] of [
    ['G', 'g_optimizer'],
    ['fake_score', 'fake_score_optimizer'],
  ] as const) {
    const steps = await firstStep(useFp16, network, optimizer);
    const small = steps.filter(({ gradient }) => Math.abs(gradient) > 1e-9 && Math.abs(gradient) < 1e-5);
    expect(small.length).toBeGreaterThan(10);
    for (const { gradient, step } of small) {
      expect(step).toBeCloseTo(gradient / (Math.abs(gradient) + epsilon), 3);
    }
  }
});
