import type { Browser, Page } from 'playwright-core';
import { alternate, quantile } from '../timings.js';
import type { Answer } from '../worker.js';
import type { Student } from './build-page.js';
import type { PictureRequest, Pictures, Side, Started } from './page/calls.js';
import type { StaticHost } from './static-host.js';

/** Largest accepted difference of a pixel, in [-1, 1]: half a step of 8 bits. */
const TOLERANCE = 1 / 255;
/** Pictures of WebGPU in a round, and no batches: SwiftShader, which computes on the CPU, takes seconds for one. */
const WEBGPU_PICTURES = 2;

/** How long pictures take on one side. */
export interface BrowserLatency {
  engine: string;
  of: Side['of'];
  device: Side['device'];
  threads: number;
  simd: boolean;
  isCrossOriginIsolated: boolean;
  batch: number;
  /** Milliseconds of a batch: median, 99th percentile, least. */
  p50_ms: number;
  p99_ms: number;
  min_ms: number;
  /** Number of batches behind them. */
  batches: number;
  /** Largest difference of a pixel from the first side's, both clipped to [-1, 1]. */
  difference: number;
  /** WebGPU's dispatches for a batch. */
  dispatches: number;
}

/** What to measure. */
export interface LatencyPlan {
  student: Student;
  devices: readonly Side['device'][];
  /** Threads of the sides that have several. */
  threads: number;
  /** Batch sizes, with the number of batches in a round. */
  batches: readonly PictureRequest[];
  rounds: number;
}

/** The sides that are compared. The first is the one that others are compared with. */
export function sidesOf({ devices, threads }: Pick<LatencyPlan, 'devices' | 'threads'>): Omit<Side, 'network'>[] {
  const one = { device: 'wasm', threads: 1, simd: true } as const;
  const gpu = { device: 'webgpu', threads: 1, simd: true } as const;
  const sides = [
    { of: 'onestep', ...one },
    { of: 'onestep', ...one, simd: false },
    { of: 'onestep', ...one, threads },
    { of: 'onnxruntime-web', ...one },
    { of: 'onnxruntime-web', ...one, threads },
    { of: 'onestep', ...gpu },
    { of: 'onnxruntime-web', ...gpu },
  ] as const;
  return sides.filter(({ device }) => devices.includes(device));
}

/**
 * Lets all sides make the same pictures in turn, each in a page of its own. The first batch of a size is not timed.
 *
 * @throws Error if a side does not start, or its pictures are not those of the first
 */
export async function measureLatency(browser: Browser, host: StaticHost, plan: LatencyPlan): Promise<BrowserLatency[]> {
  const opened: Opened[] = [];
  const results: BrowserLatency[] = [];
  try {
    for (const side of sidesOf(plan)) opened.push({ side, ...(await openSide(browser, host, side, plan.student)) });
    for (const request of plan.batches) {
      const sides = opened.filter(({ side }) => side.device === 'wasm' || request.batch === 1);
      results.push(...(await alternateSides(sides, request, plan.rounds)));
    }
  } finally {
    for (const { page } of opened) await page.close();
  }
  return results;
}

/** A side in its page. */
interface Opened {
  side: Omit<Side, 'network'>;
  page: Page;
  started: Started;
}

/** Measures batches of one size. */
async function alternateSides(
  sides: readonly Opened[],
  { batch, count }: PictureRequest,
  rounds: number,
): Promise<BrowserLatency[]> {
  const firsts: Pictures[] = [];
  for (const { page } of sides) firsts.push(await runIn(page, { batch, count: 1 }));
  const differences = firsts.map(({ pixels }) => largestDifference(pixels, firsts[0]!.pixels));
  for (const [i, { started }] of sides.entries()) {
    if (differences[i]! <= TOLERANCE) continue;
    throw new Error(`${started.engine}: not the same pictures, pixels differ by ${differences[i]}.`);
  }
  const workers = sides.map(({ side, page }) => ({
    async run(most = 1): Promise<Answer> {
      const count = side.device === 'webgpu' ? Math.min(most, WEBGPU_PICTURES) : most;
      const { times, pixels } = await runIn(page, { batch, count });
      return { ms: times.reduce((a, b) => a + b, 0) / count, values: pixels, times };
    },
  }));
  const answers = await alternate(workers, rounds, count);
  return sides.map(({ side, started }, i) => {
    const times = answers[i]!.flatMap((answer) => answer.times!);
    return {
      ...{ ...side, ...started, batch },
      p50_ms: quantile(times, 0.5),
      p99_ms: quantile(times, 0.99),
      min_ms: Math.min(...times),
      batches: times.length,
      difference: differences[i]!,
      dispatches: firsts[i]!.dispatches,
    };
  });
}

/** Opens a page for a side, cross-origin isolated if it has several threads, and starts it. */
async function openSide(
  browser: Browser,
  { address, isolatedAddress }: StaticHost,
  side: Omit<Side, 'network'>,
  student: Student,
): Promise<{ page: Page; started: Started }> {
  const folder = side.threads > 1 ? isolatedAddress : address;
  const page = await browser.newPage();
  await page.goto(`${folder}index.html`);
  await page.waitForFunction('window.start');
  const network = `${folder}models/${student}.${side.of === 'onestep' ? 'safetensors' : 'onnx'}`;
  const started = await page.evaluate(
    (given) => (globalThis as unknown as { start(side: Side): Promise<Started> }).start(given),
    { ...side, network },
  );
  return { page, started };
}

function runIn(page: Page, request: PictureRequest): Promise<Pictures> {
  return page.evaluate(
    (given) => (globalThis as unknown as { run(request: PictureRequest): Promise<Pictures> }).run(given),
    request,
  );
}

/** The exported file clips its pictures to [-1, 1]; a page does so when it paints. NaN where a value is none. */
function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  const clip = (value: number) => Math.min(1, Math.max(-1, value));
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(clip(value) - clip(b[i]!))), 0);
}
