import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '@onestep/checkpoint';
import { FIXTURES, hasFixtures } from '../../test-support/fixtures.js';
import { programArguments } from '../../test-support/program.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const LOSS = join(FIXTURES, 'losses', 'edm-loss.safetensors');
const PROGRAM = await programArguments('parity/main.ts');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-parity-'));
});
afterAll(() => rm(folder, { recursive: true }));

/**
 * Runs the command.
 *
 * @returns its output and exit status
 */
async function parity(...args: string[]): Promise<{ status: number; output: string }> {
  const command = [...PROGRAM, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: repository }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

/** Creates a folder with these files. */
async function folderWith(name: string, files: Record<string, Uint8Array | string>): Promise<string> {
  const path = await mkdtemp(join(folder, name));
  for (const [file, contents] of Object.entries(files)) await writeFile(join(path, file), contents);
  return path;
}

describe('wrong usage exits with 2 and names the right one', () => {
  it.each([
    [[], /Name the folder/],
    [['/nowhere'], /Folder not found: \/nowhere/],
    [['.', '--backend', 'gpu'], /Unknown backend gpu. Available: auto, ort/],
    [['.', '--only', 'nets'], /Unknown check nets. Available: networks/],
    [['.', '--fast'], /--fast/],
  ])('%j', async (args, message) => {
    const { status, output } = await parity(...args);
    expect(output).toMatch(message);
    expect(output).toContain('Usage: npm run parity');
    expect(status).toBe(2);
  });
});

it('fails on a folder with nothing to check', async () => {
  const { status, output } = await parity(await folderWith('other', { 'notes.txt': 'nothing' }));
  expect(output).toContain('nothing to check');
  expect(status).toBe(1);
});

it('reports a damaged file in one line, without a stack trace', async () => {
  const path = await folderWith('damaged', { 'cut.safetensors': new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]) });
  const { status, output } = await parity(path);
  expect(output).toMatch(/cut.safetensors: FAIL: .*not a valid safetensors file/s);
  expect(output).not.toMatch(/\n\s+at /);
  expect(status).toBe(1);
});

// Skipped where the fixtures are not available.
describe.skipIf(!hasFixtures)('with reference numbers', () => {
  const read = async () => decodeSafetensors(await readFile(LOSS));

  it('prints file, quantity and error within 80 columns, whatever the name of the file', async () => {
    const path = await folderWith('renamed', {});
    await copyFile(LOSS, join(path, 'some-numbers-with-a-name-that-is-too-long-for-the-table.safetensors'));
    const { status, output } = await parity(path);
    expect(output).toMatch(/^some-num.* EDM loss +\d\.\de-\d+ +1e-5 ok$/m);
    expect(output).toContain('1 file, 1 quantity, 0 beyond tolerance');
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(status).toBe(0);
  });

  it('finds a wrong number', async () => {
    const contents = await read();
    (contents.tensors.loss!.data as Float32Array)[5]! *= 1.5;
    const { status, output } = await parity(
      await folderWith('off', { 'edm.safetensors': encodeSafetensors(contents) }),
    );
    expect(output).toMatch(/^edm +EDM loss +\S+ +1e-5 FAIL$/m);
    expect(status).toBe(1);
  });

  it.each([
    ['weights of an unknown network', 'model.map_layer0.weight', {}, /not the weights of a known network.*map_layer0/s],
    ['an unknown loss', '', { loss: 'flow-matching' }, /Unknown loss 'flow-matching'. Available: edm, vp, ve/],
    [
      'settings that are not JSON',
      '',
      { kwargs: '{', img_resolution: '16', img_channels: '3' },
      /kwargs is not a JSON object/,
    ],
    [
      'an unknown network',
      '',
      { kwargs: '{"model_type": "DiT"}', img_resolution: '16', img_channels: '3', precond: 'edm' },
      /DiT/,
    ],
  ])('reports %s in one line', async (_, tensor, metadata, message) => {
    const contents = await read();
    contents.tensors = Object.fromEntries(
      Object.entries(contents.tensors).filter(([name]) => name !== `param.${tensor}`),
    );
    Object.assign(contents.metadata, metadata);
    const path = await folderWith('unknown', { 'file.safetensors': encodeSafetensors(contents) });
    const { status, output } = await parity(path);
    expect(output.replaceAll(/\s+/g, ' ')).toMatch(message);
    expect(output).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });
});
