import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAt, openSafetensors, readRegularFile, streamRegularFile } from '../src/node/index.js';
import { fileSource } from '../src/node/file-source.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-files-'));
  execFileSync('mkfifo', [inFolder('pipe')]);
  symlinkSync('/dev/zero', inFolder('zeros'));
  symlinkSync(inFolder('loop'), inFolder('loop'));
  symlinkSync(inFolder('nothing'), inFolder('broken'));
  writeFileSync(inFolder('large'), '');
  truncateSync(inFolder('large'), 2 ** 30);
  writeFileSync(inFolder('text'), 'abc');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('files that are read', () => {
  it.each([
    ['pipe', 'pipe: it is a pipe, not a file.'],
    ['zeros', 'zeros: it is a device, not a file.'],
    ['.', 'it is a folder, not a file.'],
    ['loop', 'loop is a link that leads back to itself.'],
    ['broken', 'broken does not exist.'],
    ['nothing', 'nothing does not exist.'],
    ['large', 'large has 1073741824 bytes; a file of its kind has at most 536870912.'],
  ])('%s is refused', (name, message) => {
    expect(() => readRegularFile(inFolder(name))).toThrow(message);
    if (name !== 'large') expect(() => openSafetensors(inFolder(name))).toThrow(message);
  });

  it('must not change in between, nor end before what is read of them', () => {
    writeFileSync(inFolder('changing'), 'abc');
    const source = fileSource(inFolder('changing'));
    expect([...source.read(1, 2)]).toEqual([98, 99]);
    expect(() => source.read(1, 9)).toThrow(/changing: it ends before byte 10/);
    writeFileSync(inFolder('changing'), 'abcd');
    expect(() => source.read(1, 2)).toThrow(/changing: it was changed while it was being read/);
  });

  it('whole or in pieces, also through a link', async () => {
    symlinkSync(inFolder('text'), inFolder('link'));
    expect(readRegularFile(inFolder('link')).toString()).toBe('abc');
    const pieces: Buffer[] = [];
    for await (const piece of streamRegularFile(inFolder('link'))) pieces.push(piece as Buffer);
    expect(Buffer.concat(pieces).toString()).toBe('abc');
  });

  it('lookAt follows links, and finds nothing where there is nothing', () => {
    expect(lookAt(inFolder('text'))?.isFile()).toBe(true);
    expect(lookAt(inFolder('broken'))).toBeNull();
    expect(() => lookAt(inFolder('loop'))).toThrow('leads back to itself');
  });
});
