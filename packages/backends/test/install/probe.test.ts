import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { probeEngine } from '../../src/install/probe.js';

let engines: string;
const binding = () => join(engines, 'tensorflow/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node');

/** A prepared TensorFlow whose compiled part is still to be written. */
beforeEach(() => {
  engines = mkdtempSync(join(tmpdir(), 'onestep-engines-'));
  mkdirSync(join(binding(), '..'), { recursive: true });
  writeFileSync(join(engines, 'tensorflow/engine.json'), JSON.stringify({ engine: 'tensorflow', preload: [] }));
  writeFileSync(join(binding(), '../../../package.json'), JSON.stringify({ version: '4.22.0' }));
});
afterEach(() => rmSync(engines, { recursive: true }));

const probe = () => probeEngine('tensorflow', { environment: { ONESTEP_ENGINES: engines } });

it('tells what an engine found', async () => {
  expect(await probeEngine('ort')).toMatchObject({ starts: true, description: expect.stringMatching(/^ort: .*CPU/) });
});

it('tells why a damaged one does not start, and how to mend it', async () => {
  writeFileSync(binding(), 'not a library');
  expect(await probe()).toMatchObject({
    starts: false,
    problem: expect.stringMatching(/could not load .*tfjs_binding\.node.*onestep engine install tensorflow/),
  });
});

it('tells of one that crashes its process', async (context) => {
  context.skip(spawnSync('g++', ['--version']).error !== undefined, 'There is no g++ here.');
  const source = join(engines, 'crash.cc');
  writeFileSync(
    source,
    '#include <cstdio>\n#include <cstdlib>\nstatic int crash = (std::fputs("no AVX\\n", stderr), std::abort(), 0);\n',
  );
  execFileSync('g++', ['-shared', '-fPIC', source, '-o', binding()]);
  expect(await probe()).toEqual({ starts: false, problem: 'Its process crashed (SIGABRT). no AVX' });
});
