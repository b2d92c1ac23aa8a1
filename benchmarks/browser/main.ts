/**
 * Measures one-step generation in headless Chromium: the latency of one picture and of a batch for the shipped students, in this
 * project's engine (without SIMD, with it, with threads, on WebGPU) and in onnxruntime-web with the exported student; what the
 * page of apps/web transfers, and the time to its first picture.
 *
 *   npm run bench:browser -- [--only latency,transfer] [--devices wasm,webgpu] [--students fashion-mnist-student,...]
 *     [--threads 2] [--pictures 50] [--batch 16] [--batches 5] [--rounds 3] [--short] [--save]
 *
 * A round has `--pictures` single pictures and `--batches` batches of each side. `--short` shows that everything runs. `--save` writes
 * benchmarks/results/browser/*.json and the tables of benchmarks/README.md. WebGPU runs on SwiftShader, a CPU, which says nothing
 * about a GPU; its dispatches are those of any device.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { buildPages, chromiumPath, launchChromium } from '../../test-support/built-pages.js';
import { saveResult } from '../save-result.js';
import { chooseNames } from '../torch-peers.js';
import { buildMeasuringPage, STUDENTS } from './build-page.js';
import { measureArrival } from './first-picture.js';
import { measureLatency } from './latency.js';
import { startStaticHost } from './static-host.js';
import { firstPictureTable, latencyTable, transferTable, type StudentLatency } from './tables.js';
import { writeBrowserTables } from './write-tables.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'latency,transfer' },
    devices: { type: 'string', default: 'wasm,webgpu' },
    students: { type: 'string', default: STUDENTS.join() },
    threads: { type: 'string', default: String(availableParallelism()) },
    pictures: { type: 'string', default: '50' },
    batch: { type: 'string', default: '16' },
    batches: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    short: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
if (chromiumPath() === null) {
  console.error('There is no Chromium. apt-get install chromium, or set ONESTEP_CHROMIUM.');
  process.exit(2);
}
const parts = chooseNames('part', options.only, ['latency', 'transfer'] as const);
const devices = chooseNames('device', options.devices, ['wasm', 'webgpu'] as const);
const students = chooseNames('student', options.students, STUDENTS);
const count = (name: 'threads' | 'pictures' | 'batch' | 'batches' | 'rounds') => wholeNumber(name, options[name]);
const threads = count('threads');
const rounds = options.short ? 1 : count('rounds');
const SCRIPT = 'benchmarks/browser/main.ts';

const measuring = await buildMeasuringPage();
try {
  if (parts.includes('latency')) await latency();
  if (parts.includes('transfer')) await transfer();
  if (options.save) writeBrowserTables();
} finally {
  rmSync(measuring, { recursive: true });
}

async function latency(): Promise<void> {
  const browser = await launchChromium({ webgpu: devices.includes('webgpu') });
  const host = await startStaticHost(measuring);
  const batches = [
    { batch: 1, count: options.short ? 3 : count('pictures') },
    { batch: count('batch'), count: options.short ? 1 : count('batches') },
  ];
  const measured: StudentLatency[] = [];
  try {
    for (const student of students) {
      const results = await measureLatency(browser, host, { student, devices, threads, batches, rounds });
      measured.push({ student, results });
    }
  } finally {
    host.close();
    await browser.close();
  }
  console.log(`${latencyTable(measured)}\n`);
  if (options.save)
    saveResult('browser/latency', SCRIPT, { chromium: browser.version(), threads }, { rounds, students: measured });
}

async function transfer(): Promise<void> {
  const pages = await buildPages();
  try {
    const arrival = await measureArrival(launchChromium, pages, measuring, rounds);
    console.log(`${transferTable(arrival)}\n\n${firstPictureTable(arrival)}\n`);
    if (options.save) saveResult('browser/transfer', SCRIPT, {}, { rounds, ...arrival });
  } finally {
    rmSync(pages, { recursive: true });
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`--${name} is ${text}, expected a whole number from 1.`);
  return process.exit(2);
}
