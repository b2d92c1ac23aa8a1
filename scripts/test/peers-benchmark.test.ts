import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { growthFigure } from '../../benchmarks/growth/figures.js';
import { growthTable, type GrowthRow } from '../../benchmarks/growth/table.js';
import { jaxPython, peerPython } from '../../benchmarks/peer-python.js';
import { PEER_ROWS } from '../../benchmarks/peers/rows.js';
import { quantile } from '../../benchmarks/timings.js';
import { chooseNames, isFloat32, PEER_NAMES } from '../../benchmarks/torch-peers.js';
import type { PeerRow, Row } from '../../benchmarks/train-step/compare-size.js';
import { SIZES } from '../../benchmarks/train-step/sizes.js';
import { JAX_MODES, requireJaxModes } from '../../benchmarks/train-step/step-peers.js';
import { jaxTable, ratioTable } from '../../benchmarks/train-step/tables.js';

afterEach(() => vi.unstubAllEnvs());

const ours = { name: 'ours', median_ms: 80, min_ms: 75, peak_mb: 100, first_s: 1 };

function peer(median: number, least: number): PeerRow {
  const ratios = { ratio_of_medians: 80 / median, ratio_of_minima: 75 / least, ratio_of_memory: 0.5 };
  return {
    name: 'PyTorch',
    median_ms: median,
    min_ms: least,
    peak_mb: 200,
    first_s: 2,
    differences: [1e-7],
    ...ratios,
  };
}

function row(more: Partial<Row> = {}): Row {
  const peers = { eager: peer(100, 90), compile: peer(160, 75), 'compile-bf16': peer(40, 40) };
  const size = { size: 'small', mode: 'train' as const, batch: 2, resolution: 32, parameters: 10, rounds: 3, gflop: 1 };
  return { ...size, ours, peers, ...more };
}

describe('the comparison with peers', () => {
  it('says how to get a Python where there is none, and takes one that is named', () => {
    vi.stubEnv('ONESTEP_PYTHON_ENV', '/nowhere');
    expect(() => peerPython()).toThrow(/\/nowhere\/peers-.*Run npm run setup:peers.*--python/);
    expect(peerPython('python3')).toBe('python3');
    expect(() => jaxPython()).toThrow(/\/nowhere\/jax-.*Run npm run setup:peers -- --jax/);
  });

  it('names an unknown peer and those that there are', () => {
    expect(chooseNames('peer', 'eager,compile', PEER_NAMES)).toEqual(['eager', 'compile']);
    expect(() => chooseNames('peer', 'eager,lazy', PEER_NAMES)).toThrow(
      'Unknown peer lazy. Available: eager, channels_last, compile, compile-bf16.',
    );
  });

  it('compares with the fastest float32 peer, not with bfloat16', () => {
    expect(PEER_NAMES.filter(isFloat32)).toEqual(['eager', 'channels_last', 'compile']);
    // Medians: 80 over 100, of eager. Minima: 75 over 75, of compile.
    expect(ratioTable([row()]).split('\n').at(-1)).toBe(
      '| small, 2 | train | 0.80 (0.83) | 0.50 (1.00) | 2.00 (1.88) | 0.80 (1.00) |',
    );
  });

  it('leaves out the columns of peers that no row has', () => {
    const [head, , cells] = ratioTable([row({ peers: { eager: peer(100, 90) } })]).split('\n');
    expect(head).toBe('| network, batch | work | eager | the best in float32 |');
    expect(cells).toBe('| small, 2 | train | 0.80 (0.83) | 0.80 (0.83) |');
  });

  it('has JAX for training steps and forward passes, next to eager PyTorch where that was measured', () => {
    expect(() => requireJaxModes(JAX_MODES)).not.toThrow();
    expect(() => requireJaxModes(['train', 'sid'])).toThrow(
      'The peer jax does not do sid. Choose --mode train,forward, or leave it out of --peers.',
    );
    const jax = { ...peer(160, 150), first_s: 9 };
    const peers = { eager: peer(100, 90), jax };
    // A row without JAX is left out.
    const cells = jaxTable([row({ peers }), row(), row({ peers: { jax } })])
      .split('\n')
      .slice(2);
    expect(cells).toEqual([
      '| small, 2 | train | 100 (90) | 160 (150) | 80.0 (75.0) | 0.50 (0.50) | 200 | 100 | 9.0 | 1.0 |',
      '| small, 2 | train |  | 160 (150) | 80.0 (75.0) | 0.50 (0.50) | 200 | 100 | 9.0 | 1.0 |',
    ]);
    // It is a float32 peer like the others.
    expect(ratioTable([row({ peers: { eager: peer(100, 90), jax: peer(40, 40) } })])).toMatch(/2\.00 \(1\.88\) \|$/);
  });

  it('shows time per picture over the batch, in a table and in figures', () => {
    const rows: GrowthRow[] = [1, 2, 4].map((batch) => ({ axis: 'batch', ...row({ batch }) }));
    expect(growthTable(rows).split('\n').at(-1)).toBe('| train | 4 | 32 | 20.00 | 25.00 | 0.80 | 100 | 200 | 0.50 |');
    for (const quantity of ['time', 'memory'] as const) {
      const figure = growthFigure(rows, 'batch', quantity);
      expect(figure).toMatch(/^<svg /);
      // Two lines of three points.
      expect(figure.match(/<circle /g)).toHaveLength(6);
    }
  });

  it('has parts with scripts, with sizes that there are, each with results of its own', () => {
    const benchmarks = fileURLToPath(new URL('../../benchmarks', import.meta.url));
    for (const { script, args, short } of PEER_ROWS) {
      expect(existsSync(join(benchmarks, script)), script).toBe(true);
      for (const given of [args, short]) {
        const sizes = given[given.indexOf('--sizes') + 1];
        if (given.includes('--sizes')) expect(() => chooseNames('size', sizes!, Object.keys(SIZES))).not.toThrow();
      }
    }
    const results = PEER_ROWS.flatMap((part) => part.results);
    expect(new Set(results).size).toBe(results.length);
  });

  it('computes quantiles: values of the list, between the least and the greatest, that grow with the share', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(
      quantile(
        Array.from({ length: 101 }, (_, i) => i),
        0.99,
      ),
    ).toBe(99);
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const found = quantile(list, share);
        expect(found).toBeGreaterThanOrEqual(Math.min(...list));
        expect(found).toBeLessThanOrEqual(Math.max(...list));
        expect(quantile(list, 1)).toBe(Math.max(...list));
      }),
      { numRuns: 50 },
    );
  });
});
