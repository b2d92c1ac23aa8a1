import { describe, expect, it } from 'vitest';
import {
  decodeNpz,
  decodeTorchFile,
  isModule,
  memorySource,
  moduleStateDict,
  toPlainValue,
  torchToSafetensors,
  type PythonDict,
} from '../src/index.js';
import { fuzzWeightFiles } from './support/fuzz.js';
import { WEIGHT_FILES } from './support/weight-files.js';

const pickle = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const uint32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
const text = (value: string): (string | number[])[] => ['X', uint32(value.length), value];

describe('mutated files', () => {
  it.each(Object.entries(WEIGHT_FILES))('%s: unharmed, it is read', (_, { bytes, around, read }) => {
    expect(() => read(memorySource(around?.(bytes) ?? bytes, 'file'))).not.toThrow();
  });

  it('100 of them are read or refused with a clear error', () => {
    const { problems, refused } = fuzzWeightFiles(0, 100);
    expect(problems).toEqual([]);
    expect(refused).toBeGreaterThan(20);
  });
});

describe('pickles that name what they may not', () => {
  it.each([
    ['a system call', pickle('\x80\x02cos\nsystem\n', '(', ...text('touch hacked'), 'tR.'), 'names "os.system"'],
    ['of protocol 0', pickle("cposix\nsystem\n(S'touch hacked'\ntR."), 'names "posix.system"'],
    ['by INST', pickle("(S'1'\nibuiltins\neval\n."), 'names "builtins.eval"'],
    ['by STACK_GLOBAL', pickle('\x80\x04', '\x8c\x08builtins', '\x8c\x04exec', '\x93.'), 'names "builtins.exec"'],
    ['an extension', pickle('\x80\x02\x82\x01.'), 'unknown instruction 0x82'],
    [
      'a call of a string',
      pickle('\x80\x02', ...text('print'), ')R.'),
      'it calls something other than a class or function',
    ],
    ['buffers outside the file', pickle('\x80\x05\x97.'), 'unknown instruction 0x97'],
  ])('%s', (_, file, message) => {
    expect(() => decodeTorchFile(file, 'a.pkl')).toThrow(/^a\.pkl: /);
    expect(() => decodeTorchFile(file, 'a.pkl')).toThrow(message);
  });
});

describe('files that claim too much', () => {
  const MAX = [255, 255, 255, 255];
  it.each([
    ['a string beyond the end', pickle('\x80\x02X', MAX, 'a.'), 'is the file complete?'],
    ['bytes of 2^63', pickle('\x80\x04\x8e', MAX, [255, 255, 255, 127], '.'), 'a size of'],
    ['a frame beyond the end', pickle('\x80\x04\x95', MAX, [0, 0, 0, 0], '.'), 'longer than the file'],
    ['an integer of 2 GB', pickle('\x80\x02\x8b', [255, 255, 255, 127], '.'), 'an integer of 2147483647 bytes'],
    ['no end', pickle('\x80\x02]]'), 'it ends at byte 4'],
    ['a value that was not kept', pickle('\x80\x02j', MAX, '.'), 'recalls value 4294967295'],
    ['nothing on the stack', pickle('\x80\x02e.'), 'a mark that was not set'],
    ['a list as a key', pickle('\x80\x02}]Ns.'), 'a key that is a list'],
    ['more instructions than any', pickle('\x80\x02', 'N0'.repeat(600_000), 'N.'), 'more than 1000000 instructions'],
    [
      'tensors without contents',
      pickle('\x80\x02(', ...text('storage'), 'ctorch\nFloatStorage\n', ...text('0'), 'NJ', MAX, 'tQ.'),
      'not a storage',
    ],
  ])('%s', (_, file, message) => {
    expect(() => decodeTorchFile(file, 'a.pkl')).toThrow(message);
  });

  /** A legacy file of one tensor and a storage of four elements. */
  const tensor = (shape: number[], strides: number[], offset = 0, length = 4) => {
    const tuple = (items: number[]) => ['(', ...items.flatMap((n) => ['J', uint32(n)]), 't'];
    const storage = ['(', ...text('storage'), 'ctorch\nFloatStorage\n', ...text('0'), 'N', 'J', uint32(length), 'NtQ'];
    const object = [
      'ctorch._utils\n_rebuild_tensor_v2\n(',
      ...storage,
      'J',
      uint32(offset),
      ...tuple(shape),
      ...tuple(strides),
      '\x89NtR',
    ];
    const head = [
      '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.',
      '\x80\x02M\xe9\x03.',
      '\x80\x02}(',
      ...text('little_endian'),
      '\x88u.',
    ];
    const tail = ['\x80\x02](', ...text('0'), 'e.', uint32(length), [0, 0, 0, 0], new Array<number>(16).fill(0)];
    return pickle(...head, '\x80\x02', ...object, '.', ...tail);
  };

  it('a tensor is read as its strides say', () => {
    expect(torchToSafetensors(decodeTorchFile(tensor([2, 2], [1, 2]))).tensors.tensor!.data).toHaveLength(4);
  });

  it.each([
    ['a tensor beyond its storage', tensor([5], [1]), 'does not fit a storage of 4 elements'],
    ['an offset beyond its storage', tensor([1], [1], 4), 'does not fit'],
    ['negative sizes', tensor([-1], [1]), 'does not fit'],
    ['negative strides', tensor([2], [-1], 1), 'does not fit'],
    ['2^40 elements made of one', tensor([1 << 20, 1 << 20], [0, 0]), 'does not fit'],
    [
      'more dimensions than PyTorch has',
      tensor(new Array<number>(65).fill(1), new Array<number>(65).fill(1)),
      'without storage',
    ],
    ['a storage beyond the end', tensor([1], [1], 0, 1 << 20), 'is the file complete?'],
  ])('%s', (_, file, message) => {
    expect(() => torchToSafetensors(decodeTorchFile(file, 'a.pth'), 'a.pth')).toThrow(message);
  });

  it('compressed archives and arrays of objects are refused with the way out', () => {
    const npz = Buffer.from(WEIGHT_FILES.npz!.bytes);
    const objects = Buffer.from(npz.toString('latin1').replace("'<f4'", "'|O4'"), 'latin1');
    expect(() => decodeNpz(objects, 'a.npz')).toThrow('a.npz, mu.npy: an array of type |O4, which is not supported');
    const directory = npz.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    npz[directory + 10] = 8;
    expect(() => decodeNpz(npz, 'a.npz')).toThrow(/mu\.npy is compressed.*numpy\.savez/);
  });
});

describe('values that multiply', () => {
  /**
   * Pushes a list that holds the one below it ten times, `depth` times over: 10^depth values in a few bytes.
   */
  const laughs = (depth: number, close: string) =>
    pickle(
      '\x80\x02',
      'N',
      ...Array.from({ length: depth }, (_, i) => [
        'q',
        [i],
        '0(',
        ...Array.from({ length: 10 }, () => ['h', [i]]).flat(),
        close,
      ]).flat(),
      '.',
    );

  it('lists of lists of lists are not written out', () => {
    const value = decodeTorchFile(laughs(30, 'l'));
    expect(() => toPlainValue(value, 'a')).toThrow('a: its settings have no end');
    expect(() => torchToSafetensors(value, 'a')).toThrow('a: its contents have no end');
  });

  it('tuples of tuples are not names', () => {
    const value = new Map([[decodeTorchFile(laughs(30, 't')), 1]]);
    expect(() => toPlainValue(value, 'a')).toThrow('a: its settings have a name that is not a string');
    expect(() => torchToSafetensors(value, 'a')).toThrow('a: its contents have no end');
  });

  it('a list in itself and a very deep one come to an end', () => {
    const inItself = decodeTorchFile(pickle('\x80\x02]q\x00h\x00a.'));
    const deep = decodeTorchFile(pickle('\x80\x02', ']'.repeat(200_000), 'a'.repeat(199_999), '.'));
    for (const value of [inItself, deep]) expect(() => torchToSafetensors(value, 'a')).toThrow('have no end');
  });

  it('a module in itself comes to an end', () => {
    const file = decodeTorchFile(WEIGHT_FILES['published pickle']!.bytes) as PythonDict;
    const network = file.get('ema');
    if (!isModule(network)) throw new Error('no module');
    (network.get('_modules') as PythonDict).set('again', network);
    expect(() => moduleStateDict(network, 'a')).toThrow('contain each other');
  });

  it('a long string in many places is not written out', () => {
    const file = pickle('\x80\x02', 'X', uint32(1 << 20), 'a'.repeat(1 << 20), 'q\x000(', 'h\x00'.repeat(1000), 'l.');
    expect(() => torchToSafetensors(decodeTorchFile(file), 'a')).toThrow('too long to describe');
    expect(() => toPlainValue(decodeTorchFile(file), 'a')).toThrow('too long');
  });
});
