import { describe, expect, it } from 'vitest';
import { loadTeacher, openNetwork } from '../src/networks/load-network.js';
import { networkPath } from '../src/networks/network-source.js';
import { TEACHER_PATH } from '../src/assets.js';
import { UserError } from '../src/user-error.js';
import { startTestBackend } from '../../../test-support/backend.js';

describe('where a network comes from', () => {
  it('is a path as it is, or an address, whose mistakes are wrong usage', async () => {
    expect(await networkPath('./runs/a.pkl')).toBe('./runs/a.pkl');
    const wrong = networkPath('http://');
    await expect(wrong).rejects.toThrow('not a valid address');
    await expect(wrong).rejects.toBeInstanceOf(UserError);
    await expect(wrong).rejects.toMatchObject({ exitCode: 2 });
    await expect(openNetwork('no-such-model')).rejects.toMatchObject({ exitCode: 2 });
  });

  it('is the program’s own teacher where a run folder of an earlier version says it was', async () => {
    await startTestBackend();
    const now = await loadTeacher(TEACHER_PATH);
    const then = await loadTeacher('apps/cli/assets/fashion-mnist-teacher.safetensors');
    const name = 'model.dec.32x32_aux_conv.weight';
    expect((await then.module.stateDict())[name]!.data).toEqual((await now.module.stateDict())[name]!.data);
    await expect(loadTeacher('apps/cli/assets/other.safetensors')).rejects.toThrow(/other\.safetensors: there is no/);
  });
});
