import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeTorchFile } from '@onestep/checkpoint';
import { openSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { openNetwork } from '../src/networks/load-network.js';
import { createProgram } from '../src/program.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
/** Weights without settings, in a file whose ending says something else. */
let bare: string;
const student = `${FIXTURES}checkpoints/network-snapshot-1.200000-102400.pkl`;
const inFolder = (name: string) => join(folder, name);
const said: string[] = [];

/** Runs a command in this process. What it prints is in `said`. */
async function run(...argv: string[]): Promise<void> {
  await (await createProgram(argv)).parseAsync(argv, { from: 'user' });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-roles-'));
  const { tensors } = openSafetensors(await writeTinyTeacher(folder, 8, 0));
  bare = inFolder('weights.safetensors');
  await writeFile(bare, encodeTorchFile(new Map([['state_dict', new Map(Object.entries(tensors))]])));
  for (const stream of ['log', 'error'] as const) {
    vi.spyOn(console, stream).mockImplementation((...line: unknown[]) => void said.push(line.join(' ')));
  }
});
afterEach(() => said.splice(0));
afterAll(() => rm(folder, { recursive: true }));

describe('weights without settings', () => {
  it('are sampled as a diffusion model, with one line about what is assumed', async () => {
    await run('edm', 'generate', '--network', bare, '--outdir', inFolder('a'), '--seeds=0', '--steps=2');
    expect(await readdir(inFolder('a'))).toContain('000000.png');
    const lines = said.filter((line) => line.includes('Assumed'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/has no settings\. .* Taken as a diffusion model\. Others: --precond, --sigma-data/);
  });

  it('are no generator without a noise level, and are measured only if one says what they are', async () => {
    await expect(run('generate', '--network', bare, '--outdir', inFolder('b'))).rejects.toMatchObject({
      message: expect.stringMatching(/does not say whether .*--init-sigma 2\.5 for SiD.*--steps/) as string,
      exitCode: 2,
    });
    for (const command of ['calc', 'eval']) {
      await expect(run('metrics', command, '--network', bare)).rejects.toThrow(/--init-sigma 2\.5 .*--steps 18/);
    }
  });

  it('take the options, which the run records', async () => {
    await run(
      'distill',
      'sid',
      '--edm-model',
      bare,
      '--outdir',
      folder,
      '--sigma-data=0.4',
      '--channels-per-head=2',
      '-n',
    );
    const recorded = JSON.parse(said.find((line) => line.startsWith('{'))!) as Record<string, unknown>;
    expect(recorded.command_line).toMatchObject({ sigmaData: 0.4, channelsPerHead: 2 });
    expect(recorded.teacher).toMatchObject({ preconditioning: { scheme: 'edm', sigmaData: 0.4 } });
    await expect(run('edm', 'generate', '--network', bare, '--outdir', folder, '--sigma-range=2,1')).rejects.toThrow(
      /two numbers above 0, the lower one first/,
    );
    const wrong = run('edm', 'generate', '--network', bare, '--outdir', folder, '--precond=vp', '--sigma-data=1');
    await expect(wrong).rejects.toThrow(/--sigma-data belongs to the preconditioning edm, not vp/);
  });

  it('are converted to a file that says what they are, and back to weights alone', async () => {
    const [stated, back] = [inFolder('stated.safetensors'), inFolder('back.safetensors')];
    await run('convert', bare, stated, '--precond=ve', '--init-sigma=1.5');
    const opened = await openNetwork(stated);
    expect(opened).toMatchObject({ role: 'generator', record: { initSigma: 1.5 }, note: null });
    expect(opened.network.settings).toMatchObject({ preconditioning: { scheme: 've' } });
    await run('convert', stated, back, '--bare');
    const { tensors, metadata } = openSafetensors(back);
    expect(metadata).toEqual({});
    expect(Object.keys(tensors)).toEqual(Object.keys(openSafetensors(stated).tensors));
  });
});

// Skipped where the fixtures are not available.
describe.skipIf(!hasFixtures)('a published student of SiD', () => {
  it('is sampled by the command that stands for the published one', async () => {
    await run('generate', '--network', student, '--outdir', inFolder('c'), '--seeds=0-1');
    expect(said.join('\n')).toMatch(
      /does not say that it is a one-step generator\. Taken as one with --init-sigma 2\.5/,
    );
    expect(said.join('\n')).toMatch(/2 images in .*: 1 network evaluation each/);
  });

  it('is measured by metrics calc only if one says what it is', async () => {
    await expect(run('metrics', 'calc', '--network', student)).rejects.toThrow(/--init-sigma 2\.5 .*--steps 18/);
  });
});

it('a file of another kind is named', async () => {
  const path = inFolder('x.safetensors');
  await writeSafetensors(path, { tensors: {}, metadata: {} });
  await expect(run('generate', '--network', path, '--outdir', folder)).rejects.toThrow(
    /no tensors by names; what is known/,
  );
});
