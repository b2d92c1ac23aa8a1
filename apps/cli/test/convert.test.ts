import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFloat32 } from '@onestep/checkpoint';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { pythonWith } from '../../../test-support/python.js';
import { openNetwork } from '../src/networks/load-network.js';
import { createProgram } from '../src/program.js';
import { runInside } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
const inFolder = (name: string) => join(folder, name);
const convert = (...args: string[]) => runInside(['convert', ...args]);
const inProcess = async (...args: string[]) =>
  (await createProgram([])).parseAsync(['convert', ...args], { from: 'user' });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-convert-'));
  teacher = await writeTinyTeacher(folder);
});
afterAll(() => rm(folder, { recursive: true }));

describe('onestep convert', () => {
  it('brings a network back from a .pth file, byte for byte', async () => {
    const [pth, back] = [inFolder('a.pth'), inFolder('a.safetensors')];
    expect(await convert(teacher, pth)).toMatchObject({ code: 0, stderr: '' });
    expect(await convert(pth, back)).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(back)).toEqual(await readFile(teacher));
    const { network } = await openNetwork(pth);
    expect(network.settings).toEqual((await openNetwork(teacher)).network.settings);
  });

  it('stores weights as the nearest float16 numbers with --half, and loads them again', async () => {
    const half = inFolder('half.safetensors');
    await inProcess(teacher, half, '--half');
    const { tensors } = await readSafetensors(teacher);
    const halves = (await readSafetensors(half)).tensors;
    for (const [name, tensor] of Object.entries(tensors)) {
      const weights = toFloat32(tensor);
      expect(halves[name]!.dtype).toBe('F16');
      for (const [i, value] of toFloat32(halves[name]!).entries()) {
        expect(Math.abs(value - weights[i]!)).toBeLessThanOrEqual(Math.max(Math.abs(weights[i]!) / 2048, 2 ** -25));
      }
    }
    const { network } = await openNetwork(half);
    expect(network.settings).toEqual((await openNetwork(teacher)).network.settings);
    const large = inFolder('large.safetensors');
    const name = Object.keys(tensors)[0]!;
    const { shape, data } = tensors[name]!;
    const { metadata } = await readSafetensors(teacher);
    const tooLarge = { shape, data: Float32Array.from(data as Float32Array).fill(1e5, 0, 1) };
    await writeSafetensors(large, { tensors: { ...tensors, [name]: tooLarge }, metadata });
    await expect(inProcess(large, inFolder('b.safetensors'), '--half')).rejects.toThrow(/float16 cannot hold/);
    await expect(inProcess(teacher, inFolder('b.pth'), '--half')).rejects.toThrow(
      '--half has no effect on a file that ends in .pth',
    );
  });

  it.skipIf(!hasFixtures)('turns a published snapshot into a network file (skipped without fixtures)', async () => {
    const dest = inFolder('published.safetensors');
    const source = join(FIXTURES, 'pickles/edm-cifar-like-uncond.pkl');
    expect(await convert(source, dest)).toMatchObject({ code: 0, stdout: expect.stringContaining('147 tensors') });
    const expected = await readSafetensors(join(FIXTURES, 'pickles/edm-cifar-like-uncond.expected.safetensors'));
    const { tensors } = await readSafetensors(dest);
    for (const [name, { data }] of Object.entries(tensors)) {
      expect((expected.tensors[`param.${name}`] ?? expected.tensors[`buffer.${name}`])!.data).toEqual(data);
    }
    expect((await openNetwork(dest)).network.settings).toEqual((await openNetwork(source)).network.settings);
  });

  it('checks everything before it writes, and leaves no traces', async () => {
    await mkdir(inFolder('taken.pth'));
    await writeFile(inFolder('exists.pth'), 'keep');
    await writeFile(inFolder('hostile.pkl'), Buffer.from('\x80\x02cos\nsystem\n(X\x01\x00\x00\x00!tR.', 'latin1'));
    await writeFile(inFolder('short.safetensors'), (await readFile(teacher)).subarray(0, 900));
    const before = await readdir(folder);
    await expect(inProcess(teacher, inFolder('a.tflite'))).rejects.toThrow(
      /must end in \.safetensors, \.edm\.pth, \.pth, \.pt, \/, \.pkl or \.onnx/,
    );
    await expect(inProcess(teacher, inFolder('none/a.pth'))).rejects.toThrow(/there is no folder .*none/);
    await expect(inProcess(teacher, inFolder('taken.pth'))).rejects.toThrow(/is a folder/);
    await expect(inProcess(teacher, inFolder('exists.pth'))).rejects.toThrow(/it exists; give --overwrite/);
    await expect(inProcess(inFolder('nothing'), inFolder('b.pth'))).rejects.toThrow(/nothing: there is no such file/);
    await expect(inProcess(inFolder('short.safetensors'), inFolder('b.pth'))).rejects.toThrow(
      /short\.safetensors: not a valid safetensors/,
    );
    await expect(inProcess(inFolder('hostile.pkl'), inFolder('b.pth'))).rejects.toThrow(
      /names "os\.system".*nothing in it was run/,
    );
    expect(await readdir(folder)).toEqual(before);
    expect(await readFile(inFolder('exists.pth'), 'utf8')).toBe('keep');
    const { code, stderr } = await convert(inFolder('hostile.pkl'), inFolder('exists.pth'), '--overwrite');
    expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(await convert(teacher, inFolder('exists.pth'), '--overwrite')).toMatchObject({ code: 0 });
  });

  const python = pythonWith('torch');
  it.skipIf(python === null)('writes what torch.load reads (skipped without PyTorch)', async () => {
    const pth = inFolder('torch.pth');
    expect(await convert(teacher, pth)).toMatchObject({ code: 0 });
    const program =
      'import sys, torch; d = torch.load(sys.argv[1]); print(len(d), d.metadata["onestep"][:16], sum(t.double().sum().item() for t in d.values()))';
    const { stdout } = spawnSync(python!, ['-c', program, pth], { encoding: 'utf8' });
    const { tensors } = await readSafetensors(teacher);
    const sum = Object.values(tensors).reduce((s, { data }) => (data as Float32Array).reduce((a, b) => a + b, s), 0);
    const [count, settings, total] = stdout.split(' ');
    expect([Number(count), settings]).toEqual([Object.keys(tensors).length, '{"imgResolution"']);
    expect(Number(total)).toBeCloseTo(sum, 6);
  });
});
