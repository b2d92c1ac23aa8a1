import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeSafetensors,
  decodeTorchFile,
  encodeSafetensors,
  encodeTorchFile,
  OrderedDict,
  PythonFloat,
  safetensorsToTorch,
  torchToSafetensors,
  type HostTensor,
  type Picklable,
  type PythonValue,
} from '../src/index.js';
import { ByteRange, memorySource } from '../src/bytes/byte-range.js';
import { readZipDirectory } from '../src/zip/zip-directory.js';
import { openTorchFile, readSafetensors, writeSafetensors, writeTorchFile } from '../src/node/index.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { pythonWith } from '../../../test-support/python.js';

const python = pythonWith('torch');

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'torch-writer-'))));
afterAll(() => rm(folder, { recursive: true }));

/** One tensor of each type. */
const TENSORS: Record<string, HostTensor> = {
  f64: { shape: [2], data: Float64Array.of(0.1, -1e300) },
  f32: { shape: [2, 1], data: Float32Array.of(1.5, NaN) },
  f16: { shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x0001), dtype: 'F16' },
  bf16: { shape: [2], data: Uint16Array.of(0x3f80, 0xff80), dtype: 'BF16' },
  i64: { shape: [], data: BigInt64Array.of(-(2n ** 62n)) },
  i32: { shape: [1], data: Int32Array.of(-7) },
  i16: { shape: [1], data: Int16Array.of(-300) },
  i8: { shape: [1], data: Int8Array.of(-7) },
  u8: { shape: [1], data: Uint8Array.of(200) },
  bool: { shape: [2], data: Uint8Array.of(1, 0), dtype: 'BOOL' },
  empty: { shape: [0, 3], data: new Float32Array(0) },
};

const tensors = (dict: Record<string, HostTensor>) => new OrderedDict(Object.entries(dict) as [string, never][]);

/** A value of a file with its tensors read. */
function comparable(value: Picklable): unknown {
  if (value instanceof OrderedDict)
    return { ordered: [...value].map(comparable), attributes: comparable(value.attributes) };
  if (value instanceof Map) return { dict: [...value].map(comparable) };
  if (value instanceof Set) return { set: [...value].map(comparable) };
  if (Array.isArray(value)) return { [Object.isFrozen(value) ? 'tuple' : 'list']: value.map(comparable) };
  if (value !== null && typeof value === 'object' && 'data' in value && 'shape' in value) {
    return [value.dtype, [...value.shape], value.data];
  }
  return value;
}

const scalars: fc.Arbitrary<PythonValue> = fc.oneof(
  fc.constantFrom<PythonValue>(null, true, false, ''),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
  fc.double().map((value) => (Number.isInteger(value) || !Number.isFinite(value) ? new PythonFloat(value) : value)),
  fc.string(),
);
const keys = fc.oneof(fc.string(), fc.integer({ min: 0, max: 9 }));
const trees = fc.letrec<{ tree: Picklable }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    scalars,
    fc.float32Array({ maxLength: 4 }).map((data): Picklable => ({ shape: [data.length], data, dtype: 'F32' as const })),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(tie('tree'), { maxLength: 4 }).map((items) => Object.freeze(items)),
    fc
      .uniqueArray(
        scalars.filter((value) => typeof value !== 'object'),
        { maxLength: 3 },
      )
      .map((items) => new Set(items)),
    fc.array(fc.tuple(keys, tie('tree')), { maxLength: 4 }).map((entries) => new Map(entries) as Picklable),
    fc
      .array(fc.tuple(keys, tie('tree')), { maxLength: 4 })
      .map((entries) => new OrderedDict(entries as [string, null][])),
  ),
})).tree;

describe('PyTorch files written here', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(comparable(decodeTorchFile(encodeTorchFile(tree)))).toEqual(comparable(tree));
      }),
      { numRuns: 200 },
    );
  });

  it('come back the same through safetensors', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const contents = torchToSafetensors(decodeTorchFile(encodeTorchFile(tree)));
        const stored = decodeSafetensors(encodeSafetensors(contents));
        expect(comparable(decodeTorchFile(encodeTorchFile(safetensorsToTorch(stored))))).toEqual(comparable(tree));
      }),
      { numRuns: 200 },
    );
  });

  it('hold every type, names in order, and the metadata of a safetensors file', async () => {
    const metadata = { onestep: '{"a":1}', note: 'ünïcode' };
    const path = join(folder, 'all.safetensors');
    await writeSafetensors(path, { tensors: TENSORS, metadata });
    const file = decodeTorchFile(encodeTorchFile(safetensorsToTorch(await readSafetensors(path))));
    expect([...(file as OrderedDict).keys()]).toEqual(Object.keys(TENSORS));
    const back = torchToSafetensors(file);
    expect(back.metadata).toEqual(metadata);
    for (const [name, { shape, data }] of Object.entries(TENSORS)) {
      expect([back.tensors[name]!.shape, back.tensors[name]!.data]).toEqual([shape, data]);
    }
    expect(encodeSafetensors(back)).toEqual(encodeSafetensors({ tensors: TENSORS, metadata }));
  });

  it('begin the elements of every tensor at a multiple of 64 bytes, as PyTorch does', () => {
    const file = Buffer.from(encodeTorchFile(tensors({ a: TENSORS.f64!, bb: TENSORS.u8!, ccc: TENSORS.f64! })));
    const pattern = Buffer.from(TENSORS.f64!.data.buffer as ArrayBuffer);
    const first = file.indexOf(pattern);
    expect([first % 64, file.indexOf(pattern, first + 1) % 64]).toEqual([0, 0]);
  });

  it.skipIf(python === null)('are read by torch.load, every type (skipped without PyTorch)', async () => {
    const path = join(folder, 'all.pth');
    const state = tensors(TENSORS);
    state.attributes.set('metadata', new Map([['note', 'text']]));
    const attributes = new Map<PythonValue, Picklable>([
      ['state', state],
      ['lr', new PythonFloat(1)],
      ['step', 2 ** 40],
      ['betas', Object.freeze([0.9, 0.999])],
      [3, [null, true, -5, 'text', 2n ** 70n]],
    ]);
    await writeTorchFile(path, attributes);
    const program = `
import sys, torch
d = torch.load(sys.argv[1])
s = d.pop('state')
print(type(s).__name__, s.metadata, list(s))
for n, t in s.items(): print(n, str(t.dtype), tuple(t.shape), t.is_contiguous(), [repr(v) for v in t.flatten().tolist()])
print(d)`;
    const { stdout, stderr } = spawnSync(python!, ['-c', program, path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual([
      `OrderedDict {'note': 'text'} ['f64', 'f32', 'f16', 'bf16', 'i64', 'i32', 'i16', 'i8', 'u8', 'bool', 'empty']`,
      `f64 torch.float64 (2,) True ['0.1', '-1e+300']`,
      `f32 torch.float32 (2, 1) True ['1.5', 'nan']`,
      `f16 torch.float16 (3,) True ['1.0', '-2.0', '5.960464477539063e-08']`,
      `bf16 torch.bfloat16 (2,) True ['1.0', '-inf']`,
      `i64 torch.int64 () True ['-4611686018427387904']`,
      `i32 torch.int32 (1,) True ['-7']`,
      `i16 torch.int16 (1,) True ['-300']`,
      `i8 torch.int8 (1,) True ['-7']`,
      `u8 torch.uint8 (1,) True ['200']`,
      `bool torch.bool (2,) True ['True', 'False']`,
      `empty torch.float32 (0, 3) True []`,
      `{'lr': 1.0, 'step': 1099511627776, 'betas': (0.9, 0.999), 3: [None, True, -5, 'text', 1180591620717411303424]}`,
    ]);
  });

  it.skipIf(python === null)(
    'written by torch.save in all its ways are read here (skipped without PyTorch)',
    async () => {
      const program = `
import sys, torch
t = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
w = {'all': t, 'transposed': t.permute(2, 0, 1), 'slice': t[:, 1:, ::2], 'one': t[1, 2, 3], 'expanded': t[0, 0].expand(2, 4)}
for d in ['float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool']: w[d] = torch.tensor([0, 1, 3]).to(getattr(torch, d))
m = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(1))
for p in m.parameters(): p.data.fill_(0.5)
o = torch.optim.Adam(m.parameters(), lr=0.5); m(torch.ones(2, 2)).sum().backward(); o.step()
d = {'weights': w, 'model': m.state_dict(), 'optimizer': o.state_dict(), 'parameter': torch.nn.Parameter(torch.ones(1)), 'size': torch.Size([1, 2])}
for v in [True, False]: torch.save(d, f'{sys.argv[1]}-{v}.pth', _use_new_zipfile_serialization=v)
for p in range(2, 6): torch.save(d, f'{sys.argv[1]}-p{p}.pth', pickle_protocol=p)
import pickle
for p in range(2, 6): pickle.dump(d, open(f'{sys.argv[1]}-p{p}.pkl', 'wb'), protocol=p)
`;
      const base = join(folder, 'saved');
      expect(spawnSync(python!, ['-c', program, base], { encoding: 'utf8' }).stderr).toBe('');
      const files = ['-True.pth', '-False.pth', ...[2, 3, 4, 5].flatMap((p) => [`-p${p}.pth`, `-p${p}.pkl`])];
      const [first, ...others] = await Promise.all(files.map((file) => openTorchFile(base + file)));
      for (const other of others) expect(comparable(other)).toEqual(comparable(first!));
      const weights = (first as Map<string, Map<string, HostTensor>>).get('weights')!;
      const elements = (name: string) => Array.from(weights.get(name)!.data, Number);
      expect(elements('transposed').slice(0, 8)).toEqual([0, 4, 8, 12, 16, 20, 1, 5]);
      expect(elements('slice')).toEqual([4, 6, 8, 10, 16, 18, 20, 22]);
      expect(elements('one')).toEqual([23]);
      expect(elements('expanded')).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
      expect(elements('float16')).toEqual([0, 0x3c00, 0x4200]);
      expect(elements('bool')).toEqual([0, 1, 1]);
      expect(weights.get('bfloat16')!.dtype).toBe('BF16');
      const { tensors: all, metadata } = torchToSafetensors(first!);
      expect(Object.keys(all)).toContain('optimizer.state.0.exp_avg_sq');
      expect(Object.keys(metadata)).toEqual(['torch']);
    },
  );

  it.skipIf(!hasFixtures)(
    'of the fixtures come back through both formats (skipped without the reference numbers)',
    async () => {
      for (const name of ['zip-format.pth', 'legacy-format.pth']) {
        const original = await openTorchFile(join(FIXTURES, 'pickles', name));
        const middle = join(folder, `${name}.safetensors`);
        await writeSafetensors(middle, torchToSafetensors(original));
        const end = join(folder, name);
        await writeTorchFile(end, safetensorsToTorch(await readSafetensors(middle)));
        expect(comparable(await openTorchFile(end))).toEqual(comparable(original));
      }
    },
  );

  it('hold more tensors than the old records of ZIP can count', () => {
    const count = 70_000;
    const numbers = Array.from({ length: count }, (_, i) => ({ shape: [1], data: Int32Array.of(i) }));
    const file = encodeTorchFile(numbers);
    const entries = readZipDirectory(new ByteRange(memorySource(file, 'many.pth')));
    expect(entries.size).toBe(count + 2);
    for (const i of [0, 65_535, count - 1]) {
      expect(entries.get(`archive/data/${i}`)!.bytes()).toEqual(new Uint8Array(Int32Array.of(i).buffer));
    }
  });

  it('refuse values that are not plain data', async () => {
    const circular: PythonValue[] = [];
    circular.push(circular);
    expect(() => encodeTorchFile(circular)).toThrow('contain each other');
    expect(() => torchToSafetensors(circular, 'a.pth')).toThrow('a.pth: its contents have no end');
    const unsigned = [{ shape: [1], data: Uint32Array.of(1) }];
    expect(() => encodeTorchFile(unsigned)).toThrow(/cannot hold tensors of type U32; a \.safetensors file can/);
    for (const torch of ['{}', '{"dict": 3}', '{"dict": [[1]]}', '{"int": "a"}', '{"tensor": "none"}', 'no JSON']) {
      expect(() => safetensorsToTorch({ tensors: {}, metadata: { torch } }, 'a.safetensors')).toThrow(
        /^a\.safetensors: the description of its structure in the metadata is (damaged|not JSON)/,
      );
    }
    const path = join(folder, 'none.pth');
    await expect(writeTorchFile(path, circular)).rejects.toThrow();
    await expect(openTorchFile(path)).rejects.toThrow('none.pth does not exist');
  });
});
