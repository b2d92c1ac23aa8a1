import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type {
  NumpyArray,
  PythonObject} from '../src/index.js';
import {
  decodeSafetensors,
  decodeTorchFile,
  encodeSafetensors,
  entriesOf,
  findStateDict,
  toFloat32,
  torchToSafetensors,
  type PythonDict,
} from '../src/index.js';

/** Files of `data/inert.py`: weights next to objects of many classes. */
const FILES = ['inert-zip.pth', 'inert-legacy.pth', 'inert-0.pkl', 'inert-2.pkl', 'inert-5.pkl'];
const open = (name: string) =>
  decodeTorchFile(readFileSync(fileURLToPath(new URL(`data/${name}`, import.meta.url))), name) as PythonDict;
const arrayOf = (file: PythonDict, name: string) => entriesOf(file.get('arrays'))!.get(name) as NumpyArray;

describe('files with objects of classes that are not known here', () => {
  it.each(FILES)('%s: objects are kept as data, and tensors are read', (name) => {
    const file = open(name);
    const namespace = file.get('namespace') as PythonObject;
    expect(namespace.className).toBe('argparse.Namespace');
    expect(namespace.get('lr')).toBe(0.1);
    expect([...entriesOf(file.get('ordered'))!.keys()]).toEqual(['a', 'b']);
    expect(file.get('float16')).toBe(1.5);
    expect([...(file.get('default') as PythonDict)]).toEqual([['a', [1]]]);
    const plain = findStateDict(file)!.tensors.plain!;
    expect(toFloat32(plain)[0]).toBe(name.endsWith('pth') ? 0 : 1);
  });

  it.each(FILES)('%s: arrays of any order of axes and bytes have their elements', (name) => {
    const file = open(name);
    expect([...toFloat32(arrayOf(file, 'fortran'))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...toFloat32(arrayOf(file, 'cube'))]).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect([...toFloat32(arrayOf(file, 'big_endian'))]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...toFloat32(arrayOf(file, 'uint16'))]).toEqual([1, 65535]);
    expect([...toFloat32(arrayOf(file, 'half'))]).toEqual([0.5, 2]);
    expect(arrayOf(file, 'empty').data).toHaveLength(0);
    expect(() => (file.get('complex_array') as NumpyArray).data).toThrow(
      `${name}: a NumPy array of the type c16, which`,
    );
    expect(() => (file.get('objects') as NumpyArray).data).toThrow(
      /NumPy array of (the type O8|objects), which is not/,
    );
  });

  it.each(['inert-zip.pth', 'inert-legacy.pth'])('%s: says which tensors cannot be decoded', (name) => {
    const { path, tensors, undecoded } = findStateDict(open(name))!;
    expect(path).toBe('state_dict');
    expect(Object.keys(tensors)).toEqual(['plain', 'parameter', 'subclass', 'uint16']);
    expect(tensors.uint16!.dtype).toBe('U16');
    expect([...toFloat32(tensors.uint16!)]).toEqual([1, 65535]);
    expect(Object.keys(undecoded)).toEqual(['complex', 'sparse', 'float8', 'meta']);
    expect(undecoded.complex).toBe('a tensor of torch.ComplexFloatStorage, which is not supported');
    expect(undecoded.float8).toBe('a tensor of torch.float8_e4m3fn, which is not supported');
  });

  it('are converted to safetensors, with the objects as a description', () => {
    const file = open('inert-zip.pth');
    // A list that contains itself cannot be described as JSON.
    file.delete('callbacks');
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(torchToSafetensors(file)));
    expect([...toFloat32(tensors['state_dict.plain']!)]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tensors).not.toHaveProperty('state_dict.complex');
    expect(metadata.torch).toContain('argparse.Namespace');
  });
});
