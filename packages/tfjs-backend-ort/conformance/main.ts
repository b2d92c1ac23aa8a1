/**
 * Runs tfjs-core's own tests of operations, gradients and optimizers on this backend. It fails if a test fails that
 * known-failures.ts does not list, or if a listed test passes.
 *
 *   --filter TEXT    only tests whose name contains TEXT
 *   --no-fallback    make CPU kernels an error, to see how much is lowered (failures are only counted)
 *   --processes N    number of processes; default: one per processor, at most 4
 */
import { parseArgs } from 'node:util';
import { bundleSpecs } from './bundle.js';
import { KNOWN_FAILURES } from './known-failures.js';
import type { SpecResult } from './report.js';
import { runSpecs } from './run-specs.js';
import { availableProcessors } from '../src/threads/index.js';

const { values } = parseArgs({
  options: {
    filter: { type: 'string', default: '' },
    'no-fallback': { type: 'boolean', default: false },
    processes: { type: 'string', default: String(Math.min(4, availableProcessors())) },
  },
});
const processes = Number(values.processes);
if (!Number.isInteger(processes) || processes < 1) {
  throw new Error(`--processes must be a whole number of at least 1, got '${values.processes}'.`);
}
const noFallback = values['no-fallback'];

const results: SpecResult[] = [];
const fallbacks = await runSpecs(await bundleSpecs(), {
  filter: values.filter,
  noFallback,
  processes,
  onResult: (result) => {
    results.push(result);
    if (results.length % 500 === 0) console.log(`${results.length} tests`);
  },
});

const failed = results.filter((result) => !result.passed);
const unexpected = noFallback ? [] : failed.filter(({ name }) => !(name in KNOWN_FAILURES));
const fixed = noFallback ? [] : results.filter(({ name, passed }) => passed && name in KNOWN_FAILURES);
const ran = new Set(results.map(({ name }) => name));
const missing = values.filter ? [] : Object.keys(KNOWN_FAILURES).filter((name) => !ran.has(name));

const indent = (lines: readonly string[]) =>
  lines.map((line) => `    ${line.split('\n')[0]!.slice(0, 300)}`).join('\n');
for (const { name, messages } of unexpected) console.log(`FAILED ${name}\n${indent(messages)}`);
for (const { name } of failed.filter((f) => !unexpected.includes(f) && !noFallback)) {
  console.log(`known failure: ${name}: ${KNOWN_FAILURES[name]}`);
}
for (const { name } of fixed) console.log(`PASSES although listed in known-failures.ts: ${name}`);
for (const name of missing) console.log(`LISTED in known-failures.ts, but there is no such test: ${name}`);

function formatCounts(counts: Record<string, number>): string {
  const sorted = Object.entries(counts).sort((x, y) => y[1] - x[1] || x[0].localeCompare(y[0]));
  return sorted.map(([kernel, count]) => `${kernel} ${count}`).join(', ') || 'none';
}
const refused: Record<string, number> = {};
for (const { messages } of failed) {
  const kernel = messages.map((m) => /Kernel '(\w+)' is not lowered/.exec(m)?.[1]).find(Boolean);
  if (kernel) refused[kernel] = (refused[kernel] ?? 0) + 1;
}
console.log(
  noFallback
    ? `Tests stopped by a kernel that is not lowered: ${formatCounts(refused)}`
    : `Calls of CPU kernels: ${formatCounts(fallbacks)}`,
);
console.log(`${results.length - failed.length} of ${results.length} passed`);
if (unexpected.length + fixed.length + missing.length > 0) process.exitCode = 1;
