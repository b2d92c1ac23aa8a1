import { describe, expect, it } from 'vitest';
import { type Changes, installedFile, manifest, runInstalledWith } from './installation.js';

interface Report {
  version: string;
  access: string;
  reason: string | null;
  dialect: { block: number; fusedMatMul: boolean; quickGelu: boolean };
  difference: number;
  awaited: number[];
}

async function report(changes: Changes): Promise<Report> {
  const { stdout, stderr, code } = await runInstalledWith(changes);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Report;
}

/** The package's `exports`, which hide the private binding. */
const publicOnly = manifest({
  version: '9.0.0',
  exports: { '.': './dist/index.js', './package.json': './package.json' },
});

describe('another onnxruntime-node', () => {
  it('with a hidden private binding is called through its public API, with the same gradients', async () => {
    const found = await report({ 'package.json': publicOnly });
    expect(found).toMatchObject({ version: '9.0.0', access: 'thread', awaited: [2, 3] });
    expect(found.reason).toMatch(/dist\/binding\.js/);
    expect(found.difference).toBeLessThan(1e-5);
  });

  it('with another private binding is called through its public API', async () => {
    // The public API also loads the binding from `binding.js`, so it gets the real one from another file.
    const found = await report({
      'dist/binding.js': `exports.binding = { InferenceSession: class { load() {} } };`,
      ...redirected('dist/backend.js'),
    });
    expect(found).toMatchObject({ access: 'thread', awaited: [2, 3] });
    expect(found.reason).toMatch(/no InferenceSession with loadModel, run, dispose/);
    expect(found.difference).toBeLessThan(1e-5);
  });

  it('that does not load is an error that names both versions', async () => {
    const { code, stderr } = await runInstalledWith({
      'package.json': manifest({ version: '2.5.0' }),
      'dist/index.js': `throw new Error('no binary for this platform.');`,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /cannot use onnxruntime-node 2\.5\.0: no binary for this platform\..*made for version 1\.30/,
    );
  });
});

it.each([
  ['cpu', '@onestep/onnxruntime 1.30.0'],
  ['webgpu', '@onestep/onnxruntime 1.30.0'],
  ['cuda', 'onnxruntime-node 1.29.9'],
])('of two installed packages, %s is given %s', async (provider, expected) => {
  const upstream = { 'package.json': manifest({ version: '1.29.9' }) };
  const { stdout, stderr } = await runInstalledWith(upstream, {
    program: ['library-program.ts', provider],
    withSmall: true,
  });
  expect(stdout.trim(), stderr).toBe(expected);
});

it('a package that does not load is passed over', async () => {
  const { stdout, stderr } = await runInstalledWith(
    { 'dist/index.js': `throw new Error('no files for this platform.');` },
    { program: ['library-program.ts', 'cuda'], withSmall: true },
  );
  expect(stdout.trim(), stderr).toBe('@onestep/onnxruntime 1.30.0');
});

/** A dist file that uses `./original-binding` instead of `./binding`. */
function redirected(file: string): Changes {
  return {
    [file]: installedFile(file).replace('"./binding"', '"./original-binding"'),
    'dist/original-binding.js': installedFile('dist/binding.js'),
  };
}
