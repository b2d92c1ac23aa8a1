/**
 * Compares the model of model.ts with the points that main.ts measured (results/scale-out.json). Two of them give what a process
 * computes, and that in shared memory what copying takes; the others are predictions.
 *
 *   npm run source -- benchmarks/scale-out/check.ts
 */
import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { createNetwork } from '../train-step/network.js';
import { SIZES } from '../train-step/sizes.js';
import { stepTime, type Machine, type Work } from './model.js';

interface Row {
  name: string;
  step: number;
  exchange: number;
  megabytes: number;
}

/** Forward passes of a training step. */
const PASSES = 3;
/** Bytes that the limited links carry in a second; the kernel's own link between namespaces has no limit. */
const LIMITS: Record<string, number> = { '1 Gbit/s': 1.25e8, '200 Mbit/s': 2.5e7 };

await tf.setBackend('cpu');
const file = new URL('../results/scale-out.json', import.meta.url);
const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: Record<string, Row[]> };
console.log('| network | two processes | measured: step | exchange | model: step | exchange |');
console.log('| --- | --- | ---: | ---: | ---: | ---: |');
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
    const limit = Object.entries(LIMITS).find(([name]) => row.name.endsWith(name));
    if (row !== shared && limit === undefined) continue;
    const machine: Machine = { rate, fixed, copy, bandwidth: limit?.[1] ?? Infinity, latency: 0 };
    const { compute, exchange } = stepTime(work, machine, 2);
    const [modeled, own] = [1000 * (compute + exchange), 1000 * exchange].map((ms) => `${ms.toFixed(0)} ms`);
    const name = row.name.replace('two processes, ', '');
    console.log(
      `| ${size} | ${name} | ${row.step.toFixed(0)} ms | ${row.exchange.toFixed(0)} ms | ${modeled} | ${own} |`,
    );
  }
  const [g, c] = [rate / 1e9, copy / 1e9].map((value) => value.toFixed(1));
  console.log(`| ${size} | | | | ${g} G multiplications/s, ${(1000 * fixed).toFixed(0)} ms fixed | ${c} GB/s copied |`);
}
