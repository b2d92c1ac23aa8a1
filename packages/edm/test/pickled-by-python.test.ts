import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toFloat32 } from '@onestep/checkpoint';
import { openTorchFile } from '@onestep/checkpoint/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWith } from '../../../test-support/python.js';
import { publishedSnapshot } from '../src/index.js';

const WRITER = fileURLToPath(new URL('support/persistent_snapshots.py', import.meta.url));
const python = pythonWith('torch');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'persistent-'));
  if (python !== null) expect(spawnSync(python, [WRITER, folder], { encoding: 'utf8' }).stderr).toBe('');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function snapshot(name: string) {
  const { tensors, metadata } = publishedSnapshot(await openTorchFile(join(folder, name)), name);
  const values = Object.entries(tensors).map(([key, tensor]) => [key, tensor.shape, Array.from(toFloat32(tensor))]);
  return { values, settings: JSON.parse(metadata.onestep!), published: JSON.parse(metadata.published!) };
}

const NETWORK = [
  ['strided', [4, 3], [4, 12, 20, 5, 13, 21, 6, 14, 22, 7, 15, 23]],
  ['u', [3], [0, 1, 2]],
  ['model.layer.weight', [4, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
];

describe.skipIf(python === null)('snapshots that Python pickled (skipped without PyTorch)', () => {
  it.each([0, 1, 2, 3, 4, 5])('with protocol %i: network, loss, augmentation, data set', async (protocol) => {
    const { values, settings, published } = await snapshot(`protocol-${protocol}.pkl`);
    expect(values).toEqual([['augment_pipe.Hz_geom', [2, 2], [1, 1, 1, 1]], ...NETWORK]);
    expect(settings).toMatchObject({ imgResolution: 8, imgChannels: 3 });
    expect(published).toEqual({
      loss_fn: { class: 'EDMLoss', P_mean: -1.2, _init_args: [], _init_kwargs: {} },
      augment_pipe: { class: 'AugmentPipe', training: true, xflip: 1e8, _init_args: [], _init_kwargs: { xflip: 1e8 } },
      dataset_kwargs: { path: 'p', labels: null, f: 1e-3 },
    });
  });

  it.each(['zip', 'legacy'])('as a training state in %s format: network and optimizer', async (format) => {
    const { values, published } = await snapshot(`state-${format}.pt`);
    const name = 'optimizer_state.state.0.exp_avg';
    expect(values).toEqual(
      expect.arrayContaining([...NETWORK, [name, [2], [expect.closeTo(0.1), expect.closeTo(0.1)]]]),
    );
    expect(published.optimizer_state.state[0].exp_avg).toEqual({ tensor: name });
    expect(published.optimizer_state.param_groups[0]).toMatchObject({ lr: 0.5, betas: [0.9, 0.999], params: [0] });
  });

  it('are read without running the source text in them', () => {
    expect(readdirSync(folder)).not.toContain('executed');
  });
});
