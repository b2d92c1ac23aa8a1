import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ListedEngine } from '@onestep/backends/install';
import { serveIndex } from '../../../test-support/package-index.js';
import { engineTable } from '../src/engines/engine-table.js';
import { startCli } from './support/cli.js';
import { runInside } from './support/run-here.js';

const INSTALL = ['engine', 'install', 'tensorflow'];
/** Any file will do for what happens before it is unpacked. */
const WHEEL = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
/** Installations are prepared for this platform in the tests. */
const isLinux = process.platform === 'linux' && process.arch === 'x64';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-engines-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('engine install', () => {
  it('refuses an unknown engine, and options that do not go together, as wrong usage', async () => {
    const unknown = await runInside(['engine', 'install', 'torch']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringMatching(/'torch'.*tensorflow, ort-cuda/s) });
    const both = await runInside([...INSTALL, '--wheel', 'a.whl', '--tensorflow', 'b']);
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('not both') });
  });

  it.runIf(isLinux).each<[string, Record<string, string>, string[], RegExp]>([
    ['no network', { CXX: 'true', PIP_INDEX_URL: 'http://127.0.0.1:1/simple' }, [], /could not be read.*--wheel FILE/s],
    ['no compiler', { CXX: '/nowhere/g++' }, [], /CXX names \/nowhere\/g\+\+.*apt-get install g\+\+/s],
    ['no such wheel', { CXX: 'true' }, ['--wheel', '/nowhere/tensorflow.whl'], /no file \/nowhere\/tensorflow\.whl/],
    ['no TensorFlow there', { CXX: 'true' }, ['--tensorflow', '/nowhere'], /\/nowhere has no libtensorflow_cc/],
  ])('with %s, says so before any work, and leaves nothing', async (_, env, args, message) => {
    const { code, stderr } = await runInside([...INSTALL, '--dir', join(folder, 'engines'), ...args], env);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
    if (existsSync(join(folder, 'engines'))) expect(readdirSync(join(folder, 'engines'))).toEqual([]);
  });

  it.runIf(isLinux)('names a folder that cannot be written to', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, stderr } = await runInside([...INSTALL, '--dir', join(folder, 'file')], { CXX: 'true' });
    expect(stderr).toMatch(/file cannot be written to.*--dir DIR/s);
    expect(code).toBe(1);
  });

  it.runIf(isLinux)('says what to do about an engine that works no more', async () => {
    const packages = {
      '@tensorflow/tfjs-node': '4.22.0',
      '@tensorflow/tfjs-core': '4.22.0',
      'node-api-headers': '1.9.0',
    };
    mkdirSync(join(folder, 'tensorflow/node_modules/@tensorflow/tfjs-node'), { recursive: true });
    writeFileSync(
      join(folder, 'tensorflow/node_modules/@tensorflow/tfjs-node/package.json'),
      '{ "version": "4.22.0" }',
    );
    writeFileSync(
      join(folder, 'tensorflow/engine.json'),
      JSON.stringify({ cuda: false, versions: packages, preload: [] }),
    );
    const { code, stderr } = await runInside([...INSTALL, '--dir', folder]);
    expect(stderr).toMatch(/does not work any more; --force installs it again.*without its compiled part/s);
    expect(code).toBe(1);
  });

  it.runIf(isLinux)('stopped by Ctrl-C leaves a partial download and no engine, and goes on later', async () => {
    const index = await serveIndex({ [WHEEL]: Buffer.alloc(100_000) }, { stallAfter: 40_000 });
    // npm asks this server too, which never answers.
    const shell = `export CXX=true PIP_INDEX_URL=${index.url} npm_config_registry=${index.url.replace('simple', 'npm')}`;
    const part = join(folder, 'downloads', `${WHEEL}.part`);
    const sizes = [40_000, 80_000];
    for (const size of sizes) {
      const { child, finished } = startCli([...INSTALL, '--dir', folder], shell);
      await vi.waitUntil(() => existsSync(part) && statSync(part).size >= size, { timeout: 60_000 });
      child.kill('SIGINT');
      expect((await finished).code).toBe(130);
      expect(readdirSync(folder)).toEqual(['downloads']);
    }
    expect(index.starts).toEqual([0, 40_000]);
    index.close();
  });
});

describe('engine list', () => {
  it('tries every engine, and ends well whatever does not start', async () => {
    const { code, stdout } = await runInside(['engine', 'list', '--json'], { ONESTEP_ENGINES: folder });
    const engines = JSON.parse(stdout) as ListedEngine[];
    expect(engines.map(({ name }) => name).sort()).toEqual(
      ['cpu', 'ort', 'ort-cuda', 'ort-webgpu', 'tensorflow', 'wasm', 'webgpu'].sort(),
    );
    expect(engines.find(({ name }) => name === 'ort')).toMatchObject({ starts: true });
    for (const engine of engines) if (!engine.starts) expect(engine.problem).toMatch(/install|driver|adapter/);
    expect(code).toBe(0);
  });

  it('fits 80 columns, also with a path that does not', () => {
    const table = engineTable([
      { name: 'ort', about: 'ONNX Runtime', starts: true, description: 'ort: ONNX Runtime, CPU, 2 threads' },
      {
        name: 'tensorflow',
        about: 'TensorFlow',
        starts: false,
        problem: `could not load ${'/very/long'.repeat(20)}: no`,
      },
    ]);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(table).toMatch(/^ort +yes +ONNX Runtime\n +ONNX Runtime, CPU, 2 threads$/m);
    expect(table.replace(/\s+/g, '')).toContain('/very/long'.repeat(20));
  });
});
