import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeNpz, decodeSafetensors, decodeTorchFile, identifyFile, memorySource } from '../src/index.js';
import { storedZip } from '../src/zip/stored-zip.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const zip = (...names: string[]) =>
  Buffer.concat([...storedZip(names.map((name) => ({ name, contents: () => latin1('x') })))]);
/** An ONNX model of PyTorch: IR version 7, the producer. */
const ONNX = latin1('\x08\x07\x12\x07pytorch\x1a\x052.1.0:\xd0\x0f');
const POINTER = latin1('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 223\n');
const TAR = Buffer.concat([latin1('a.png'.padEnd(257, '\0')), latin1('ustar\x0000'), Buffer.alloc(247)]);
const TABLE = Buffer.concat([Buffer.alloc(64, 1), latin1('\x57\xfb\x80\x8b\x24\x75\x47\xdb')]);

const FILES: [string, Uint8Array, string][] = [
  ['a web page', latin1('\n<!DOCTYPE html><html>Not found</html>'), 'a web page'],
  ['a page with a mark of its encoding', latin1('\xef\xbb\xbf<html>'), 'a web page'],
  ['a message of S3', latin1('<?xml version="1.0"?><Error>AccessDenied</Error>'), 'an XML document'],
  ['an error as JSON', latin1('{"error":"Repository not found"}'), 'a JSON document that begins with "{'],
  ['an error as text', latin1('Entry not found'), 'a text that begins with "Entry not found"'],
  ['a Git LFS pointer', POINTER, 'a Git LFS pointer'],
  ['a ZIP archive of pictures', zip('cats/1.png', 'cats/2.JPG'), 'a ZIP archive of 2 pictures'],
  ['an .npz', zip('mu.npy', 'sigma.npy'), 'an archive of NumPy arrays'],
  ['a program of TorchScript', zip('m/data.pkl', 'm/constants.pkl', 'm/code/x.py'), 'a TorchScript program'],
  ['a file of torch.save', zip('m/data.pkl', 'm/version'), 'a file of torch.save'],
  ['a ZIP archive of something else', zip('a.txt'), 'a ZIP archive with 1 files (a.txt)'],
  ['half a ZIP archive', zip('a.png').subarray(0, 40), 'the beginning of a ZIP archive'],
  ['a gzip', gzipSync('x'), 'a gzip archive'],
  ['a tar', TAR, 'a tar archive'],
  ['an ONNX model', ONNX, 'an ONNX model'],
  ['a SavedModel', latin1('\x08\x01\x12\x80\x10'), 'a TensorFlow SavedModel'],
  ['a TensorFlow checkpoint', TABLE, 'the index of a TensorFlow checkpoint'],
  ['a Keras file', latin1('\x89HDF\r\n\x1a\n\0\0'), 'an HDF5 file'],
  ['a picture', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'a PNG picture'],
  ['an .npy', latin1('\x93NUMPY\x01\0'), 'a NumPy array'],
  ['nothing', new Uint8Array(0), 'empty, 0 bytes long'],
  ['a download of zeros', new Uint8Array(4096), 'a file of zeros'],
];

describe('what a file is that is not the one expected', () => {
  it.each(FILES)('%s', (_, bytes, what) => {
    expect(identifyFile(memorySource(bytes, 'a'))?.what).toContain(what);
  });

  it.each(FILES)('%s is said where safetensors are expected', (_, bytes, what) => {
    expect(() => decodeSafetensors(bytes, 'a.safetensors')).toThrow(`a.safetensors: it is ${what}`);
  });

  it('is said where a PyTorch file or an .npz is expected, too', () => {
    expect(() => decodeTorchFile(zip('1.png'), 'a.pkl')).toThrow(
      'it is a ZIP archive of 1 pictures, not a PyTorch file',
    );
    expect(() => decodeNpz(POINTER, 'ref.npz')).toThrow(/^ref\.npz: it is a Git LFS pointer.*run "git lfs pull"/);
  });

  it('an archive that states 2^40 entries is damaged, and nothing is allocated for them', () => {
    const end = Buffer.alloc(56 + 20 + 22);
    end.write('PK\x06\x06', 0, 'latin1');
    end.writeBigUInt64LE(2n ** 40n, 32);
    end.write('PK\x06\x07', 56, 'latin1');
    end.writeBigUInt64LE(4n, 64);
    end.write('PK\x05\x06', 76, 'latin1');
    end.writeUInt16LE(0xffff, 86);
    const file = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), end]);
    expect(() => decodeNpz(file, 'a.npz')).toThrow(/^a\.npz: a damaged ZIP archive/);
  });

  it('a file of which part is missing is called incomplete, and not something else', () => {
    const header = latin1('\x00\x10\0\0\0\0\0\0{"a":');
    expect(() => decodeSafetensors(header, 'a.safetensors')).toThrow(/header claims 4096 bytes.*is it complete\?/);
    expect(() => decodeTorchFile(latin1('\x80\x02}q\0X'), 'a.pkl')).toThrow('is the file complete?');
  });
});
