import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeTorchFile, encodeTorchFile, type HostTensor } from '../src/index.js';
import { ByteRange } from '../src/bytes/byte-range.js';
import { torchFileChunks } from '../src/torch/encode-torch-file.js';
import { readZipDirectory } from '../src/zip/zip-directory.js';
import { pythonWith } from '../../../test-support/python.js';

const python = pythonWith('torch');

/** A source of pieces, which are not concatenated. */
function sourceOf(pieces: readonly Uint8Array[]) {
  const starts = [0];
  for (const { length } of pieces) starts.push(starts.at(-1)! + length);
  const read = (start: number, length: number) => {
    const bytes = new Uint8Array(length);
    for (const [i, piece] of pieces.entries()) {
      const from = Math.max(start, starts[i]!);
      const to = Math.min(start + length, starts[i + 1]!);
      if (from < to) bytes.set(piece.subarray(from - starts[i]!, to - starts[i]!), from - start);
    }
    return bytes;
  };
  return { name: 'large.pth', length: starts.at(-1)!, read };
}

it('a .pth file beyond 4 GiB is written and read', () => {
  // As large as Node 20 allows, and one byte too large for the old records.
  const large = { shape: [2 ** 32 - 1], data: new Uint8Array(2 ** 32 - 1) };
  large.data[2 ** 32 - 2] = 7;
  const small = { shape: [2], data: Float32Array.of(3, 4) };
  const source = sourceOf([...torchFileChunks([large, small])]);
  expect(source.length).toBeGreaterThan(2 ** 32);
  const [first, second] = decodeTorchFile(source) as unknown as [HostTensor, HostTensor];
  expect(second.data).toEqual(small.data);
  expect(first.shape).toEqual(large.shape);
  const entry = readZipDirectory(new ByteRange(source)).get('archive/data/0')!;
  expect(entry.length).toBe(2 ** 32 - 1);
  expect([...entry.slice(2 ** 32 - 3, 2).bytes()]).toEqual([0, 7]);
});

it.skipIf(python === null)('torch.load reads more tensors than the old records of ZIP can count', () => {
  const count = 70_000;
  const numbers = Array.from({ length: count }, (_, i) => ({ shape: [1], data: Int32Array.of(i) }));
  const folder = mkdtempSync(join(tmpdir(), 'torch-writer-'));
  try {
    const path = join(folder, 'many.pth');
    writeFileSync(path, encodeTorchFile(numbers));
    const program = 'import sys, torch; print(sum(torch.load(sys.argv[1])).item())';
    const { stdout, stderr } = spawnSync(python!, ['-c', program, path], { encoding: 'utf8' });
    expect([stdout.trim(), stderr]).toEqual([String(((count * (count - 1)) / 2) | 0), '']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
