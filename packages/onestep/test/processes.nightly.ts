import { connectPorts, PortCommunicator, type StepStats, type TaskState, type TrainingTask } from '@onestep/diffusion-core';
import { meanOf } from '@onestep/diffusion-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { givenData } from '../../../test-support/given-data.js';
import { METHODS } from '../src/index.js';

const BATCH = 12;
const STEPS = Number(process.env.STEPS ?? 3);

beforeAll(() => startTestBackend());

/** Trains with several members in this thread. @returns the state and the statistics of each */
async function train(create: (communicator: PortCommunicator) => TrainingTask, size: number) {
  const tasks = connectPorts(size).map((member) => create(new PortCommunicator(member)));
  const all = await Promise.all(
    tasks.map(async (task): Promise<{ state: TaskState; stats: StepStats[] }> => {
      const stats: StepStats[] = [];
      for (let i = 0; i < STEPS; i++) stats.push(await task.step(i * BATCH));
      return { state: await task.state(), stats };
    }),
  );
  return all;
}

describe.each(METHODS.map((method) => [method.name, method] as const))('%s', (_, method) => {
  const create = (communicator: PortCommunicator) => {
    const teacher = conditionalNetwork({ dropout: 0.1 });
    const rate = { [Object.hasOwn(method.options, 'glr') ? 'glr' : 'lr']: 1e-3 };
    const options = { ...method.presets.small?.options, batch: BATCH, ...rate };
    return method.create({ teacher, communicator, ...givenData(method, teacher, BATCH), options });
  };

  it('is the same with 1, 2, 3 and 4 members', async () => {
    const [alone] = await train(create, 1);
    for (const size of [2, 3, 4]) {
      const members = await train(create, size);
      for (const { state } of members.slice(1)) expect(state).toEqual(members[0]!.state);
      let worst = 0;
      for (const [name, tensor] of Object.entries(alone!.state.tensors)) {
        const other = members[0]!.state.tensors[name]!;
        const [a, b] = [tensor.data as Float32Array, other.data as Float32Array];
        const scale = Math.max(...a.map(Math.abs));
        for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!) / (scale || 1));
      }
      console.log(method.name, size, worst);
      expect(members[0]!.state.values).toEqual(alone!.state.values);
      for (const [i, stats] of alone!.stats.entries()) {
        for (const [name, value] of Object.entries(stats)) {
          const other = meanOf(members[0]!.stats[i]![name]!);
          expect(other, name).toBeCloseTo(meanOf(value), 3);
        }
      }
    }
  });
});
