import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadWheel } from '../../src/install/download.js';
import type { WheelPlatform } from '../../src/install/platform.js';
import { unpackWheel } from '../../src/install/unpack-wheel.js';
import { findWheel } from '../../src/install/wheel-index.js';
import { parseWheelName, runsOn } from '../../src/install/wheel-name.js';
import { chooseWheels } from '../../src/install/wheels.js';
import { type PackageIndex, serveIndex } from '../../../../test-support/package-index.js';
import { makeWheel } from './wheel-file.js';

const LINUX: WheelPlatform = { os: 'linux', arch: 'x86_64', glibc: '2.36', description: 'Linux on x64' };
const NEEDED = { projects: ['some-engine'], version: '1.2.0' };
const NAME = 'some_engine-1.2.0-cp311-cp311-manylinux_2_27_x86_64.whl';
/** Large enough to arrive in several pieces. */
const CONTENTS = Array.from({ length: 40_000 }, (_, i) => `${(i * 7919) % 10007}`).join(' ');
const WHEEL = makeWheel({ 'some/lib.so.2': CONTENTS, 'some/python.py': 'pass' });
const quiet = { progress: () => undefined };

let folder: string;
let index: PackageIndex | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-wheels-'));
});
afterEach(() => {
  index?.close();
  delete process.env.PIP_INDEX_URL;
  rmSync(folder, { recursive: true });
});

async function serve(...args: Parameters<typeof serveIndex>) {
  index = await serveIndex(...args);
  process.env.PIP_INDEX_URL = index.url;
  return index;
}

describe('names of wheels', () => {
  it.each([
    ['nvidia_cublas_cu12-12.9.3.13-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl', true],
    [NAME, true],
    ['some_engine-1.2.0-cp311-cp311-manylinux_2_39_x86_64.whl', false],
    ['some_engine-1.2.0-cp311-cp311-manylinux_2_27_aarch64.whl', false],
    ['some_engine-1.2.0-cp311-cp311-musllinux_1_2_x86_64.whl', false],
    ['some_engine-1.2.0-cp311-cp311-macosx_12_0_arm64.whl', false],
    ['some_engine-1.2.0-cp311-cp311-win_amd64.whl', false],
  ])('%s runs on Linux on x64 with glibc 2.36: %s', (file, expected) => {
    expect(runsOn(parseWheelName(file)!, LINUX)).toBe(expected);
  });

  it('are normalized, and other files have none', () => {
    expect(parseWheelName('NVIDIA_cublas.cu12-1.0-py3-none-any.whl')?.project).toBe('nvidia-cublas-cu12');
    expect(parseWheelName('tensorflow-2.21.0.tar.gz')).toBeNull();
  });
});

describe('the package index', () => {
  it.each(['json', 'html'] as const)('is read as %s, with addresses relative to the page', async (format) => {
    const other = 'some_engine-1.3.0-cp311-cp311-manylinux_2_27_x86_64.whl';
    await serve({ [other]: WHEEL, [NAME]: WHEEL }, { format });
    const { file, url } = await findWheel(NEEDED, LINUX);
    expect(file).toBe(NAME);
    expect(url).toBe(index!.url.replace('/simple', `/files/${NAME}`));
  });

  it('without the wheel, says which and how to get it elsewhere', async () => {
    await serve({ [NAME]: WHEEL });
    await expect(findWheel({ ...NEEDED, version: '1.4.0' }, LINUX)).rejects.toThrow(
      /no wheel of some-engine 1\.4\.0 for Linux on x64.*pip download --no-deps some-engine==1\.4\.0.*--wheel FILE/s,
    );
  });

  it('without checksums is not used', async () => {
    await serve({ [NAME]: WHEEL }, { sha256: '' });
    await expect(findWheel(NEEDED, LINUX)).rejects.toThrow(/gives no SHA-256/);
  });

  it('that cannot be reached is named, with the reason', async () => {
    process.env.PIP_INDEX_URL = 'http://127.0.0.1:1/simple/';
    await expect(findWheel(NEEDED, LINUX)).rejects.toThrow(
      /http:\/\/127\.0\.0\.1:1\/simple\/some-engine\/ could not be read: .*(ECONNREFUSED|bad port).*PIP_INDEX_URL/,
    );
  });
});

describe('a download', () => {
  const path = () => join(folder, NAME);

  it('has the bytes of the index, and only its final name', async () => {
    await serve({ [NAME]: WHEEL });
    await downloadWheel(await findWheel(NEEDED, LINUX), path(), quiet);
    expect(readFileSync(path()).equals(WHEEL)).toBe(true);
    expect(existsSync(`${path()}.part`)).toBe(false);
  });

  it('goes on after the connection broke', async () => {
    const { starts } = await serve({ [NAME]: WHEEL }, { breakAfter: [1000, 2000] });
    await downloadWheel(await findWheel(NEEDED, LINUX), path(), quiet);
    expect(readFileSync(path()).equals(WHEEL)).toBe(true);
    expect(starts).toHaveLength(3);
  });

  it('completes what an earlier process left, and does not ask for a file that is complete', async () => {
    const { starts } = await serve({ [NAME]: WHEEL });
    const wheel = await findWheel(NEEDED, LINUX);
    writeFileSync(`${path()}.part`, WHEEL.subarray(0, 5000));
    await downloadWheel(wheel, path(), quiet);
    await downloadWheel(wheel, path(), quiet);
    expect(starts).toEqual([5000]);
  });

  it('that brings nothing is an error, which says that it can go on', async () => {
    const { starts } = await serve({ [NAME]: WHEEL }, { breakAfter: [0, 0, 0, 0, 0] });
    await expect(downloadWheel(await findWheel(NEEDED, LINUX), path(), quiet)).rejects.toThrow(/broke off.*goes on/s);
    expect(starts).toEqual([0, 0, 0, 0]);
  });

  it('of a damaged part is refused and deleted, and the next one is whole', async () => {
    await serve({ [NAME]: WHEEL });
    const wheel = await findWheel(NEEDED, LINUX);
    writeFileSync(`${path()}.part`, Buffer.alloc(5000));
    await expect(downloadWheel(wheel, path(), quiet)).rejects.toThrow(
      /SHA-256 of what arrived is .* should be .*again/,
    );
    expect(existsSync(path())).toBe(false);
    await downloadWheel(wheel, path(), quiet);
    expect(readFileSync(path()).equals(WHEEL)).toBe(true);
  });

  it('that is stopped keeps its part', async () => {
    await serve({ [NAME]: WHEEL }, { stallAfter: 3000 });
    const controller = new AbortController();
    const stopped = new Error('Stopped.');
    const download = downloadWheel(await findWheel(NEEDED, LINUX), path(), {
      signal: controller.signal,
      progress: (bytes) => bytes === 3000 && controller.abort(stopped),
    });
    await expect(download).rejects.toBe(stopped);
    expect(statSync(`${path()}.part`).size).toBe(3000);
  });
});

describe('unpacking', () => {
  const wanted = (name: string) => name.endsWith('.so.2');

  it('writes what is wanted', async () => {
    writeFileSync(join(folder, NAME), WHEEL);
    const unpacked = await unpackWheel(join(folder, NAME), folder, wanted);
    expect(unpacked).toEqual({ files: 1, bytes: CONTENTS.length });
    expect(readFileSync(join(folder, 'some/lib.so.2'), 'utf8')).toBe(CONTENTS);
    expect(existsSync(join(folder, 'some/python.py'))).toBe(false);
  });

  it.each([
    ['is cut off', WHEEL.subarray(0, -100)],
    ['is something else', Buffer.from('<html>Not found</html>')],
    ['has a wrong byte', Buffer.from(WHEEL).fill(255, 200, 201)],
  ])('refuses a wheel that %s, by its name', async (_, bytes) => {
    writeFileSync(join(folder, NAME), bytes);
    await expect(unpackWheel(join(folder, NAME), folder, wanted)).rejects.toThrow(
      new RegExp(`${NAME} is not a complete wheel .*Delete it`),
    );
  });

  it('refuses names that lead out of the folder', async () => {
    writeFileSync(join(folder, NAME), makeWheel({ '../escaped.so.2': 'x' }));
    await expect(unpackWheel(join(folder, NAME), join(folder, 'in'), wanted)).rejects.toThrow(/not a complete wheel/);
    expect(existsSync(join(folder, 'escaped.so.2'))).toBe(false);
  });

  it('of another wheel says that it lacks the files', async () => {
    writeFileSync(join(folder, NAME), makeWheel({ 'other/module.py': 'pass' }));
    await expect(unpackWheel(join(folder, NAME), folder, wanted)).rejects.toThrow(/none of the files/);
  });
});

describe('given wheels', () => {
  const given = (name: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), WHEEL);
    return join(folder, name);
  };

  it('are used without an index', async () => {
    process.env.PIP_INDEX_URL = 'http://127.0.0.1:1/simple';
    const [wheel] = await chooseWheels([NEEDED], [given(NAME)], LINUX);
    expect(wheel).toMatchObject({ version: '1.2.0', given: join(folder, NAME) });
  });

  it.each([
    ['other-1.2.0-cp311-cp311-manylinux_2_27_x86_64.whl', /not a wheel that is needed.*Needed: some-engine 1\.2\.0/],
    ['some_engine-1.1.0-cp311-cp311-manylinux_2_27_x86_64.whl', /has version 1\.1\.0, and 1\.2\.0 is needed/],
    ['some_engine-1.2.0-cp311-cp311-win_amd64.whl', /not for this machine \(Linux on x64\)/],
    ['notes.txt', /not a wheel that is needed/],
  ])('%s is refused', async (name, message) => {
    await expect(chooseWheels([NEEDED], [given(name)], LINUX)).rejects.toThrow(message);
  });

  it('that do not exist are named', async () => {
    await expect(chooseWheels([NEEDED], ['/nowhere.whl'], LINUX)).rejects.toThrow('There is no file /nowhere.whl.');
  });
});
