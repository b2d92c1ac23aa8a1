import { createNetwork } from '../train-step/network.js';
import { SIZES } from '../train-step/sizes.js';
import type { Row } from './measured.js';
import { stepTime, type Machine, type Work } from './model.js';

/** Forward passes of a training step. */
const PASSES = 3;
/** Bytes that the limited links carry in a second, and their seconds; the kernel's own link between namespaces has no limit. */
const LIMITS: Record<string, Pick<Machine, 'bandwidth' | 'latency'>> = {
  '1 Gbit/s': { bandwidth: 1.25e8, latency: 0 },
  '200 Mbit/s': { bandwidth: 2.5e7, latency: 0 },
  '1 Gbit/s through a program': { bandwidth: 1.25e8, latency: 0 },
  '1 Gbit/s through a program, 1 ms there and back': { bandwidth: 1.25e8, latency: 5e-4 },
};

/**
 * Compares the model of model.ts with measured points. Two of them give what a process computes, and that in shared memory what copying
 * takes; the others are predictions. Needs a backend of tfjs.
 *
 * @returns a table in Markdown, and a line about the limited links
 */
export function modelTable(results: Readonly<Record<string, readonly Row[]>>): string {
  const lines = [
    '| network | two processes | measured: step | exchange | model: step | exchange |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
  ];
  const ratios: number[] = [];
  for (const [size, rows] of Object.entries(results)) {
    const find = (name: string) => rows.find((row) => row.name.includes(name))!;
    const [alone, shared] = [find('one process, one thread'), find('one thread each')];
    const { batch, network } = SIZES[size]!;
    const bytes = shared.megabytes * 1e6;
    const multiplications = PASSES * createNetwork(network).cost.multiplications;
    const work: Work = { batch, multiplications, bytes, exchanges: 1 };
    // Half a batch takes half of what depends on it.
    const half = shared.step - shared.exchange;
    const fixed = Math.max(0, 2 * half - alone.step) / 1000;
    const rate = (batch * multiplications) / (alone.step / 1000 - fixed);
    const copy = (2 * bytes) / (shared.exchange / 1000);
    for (const row of rows.filter(({ name }) => name.startsWith('two processes'))) {
      const name = row.name.replace('two processes, ', '');
      const limit = LIMITS[name];
      if (row !== shared && limit === undefined) continue;
      const machine: Machine = { rate, fixed, copy, ...(limit ?? { bandwidth: Infinity, latency: 0 }) };
      const { compute, exchange } = stepTime(work, machine, 2);
      if (limit !== undefined) ratios.push(row.exchange / (1000 * exchange));
      const times = [row.step, row.exchange, 1000 * (compute + exchange), 1000 * exchange];
      lines.push(`| ${size} | ${name} | ${times.map((ms) => `${ms.toFixed(0)} ms`).join(' | ')} |`);
    }
    const [g, c] = [rate / 1e9, copy / 1e9].map((value) => value.toFixed(1));
    lines.push(
      `| ${size} | | | | ${g} G multiplications/s, ${(1000 * fixed).toFixed(0)} ms fixed | ${c} GB/s copied |`,
    );
  }
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(1));
  const found = ratios.length === 0 ? '' : `\n\nThe limited links take ${least} to ${most} times what the model says.`;
  return lines.join('\n') + found;
}
