import { table } from '../markdown.js';
import { medians, type Arrival, type Transfer } from './first-picture.js';
import type { BrowserLatency } from './latency.js';
import type { Sizes } from './static-host.js';

/** A saved latency of a student. */
export interface StudentLatency {
  student: string;
  results: BrowserLatency[];
}

/** Formats latencies. */
export function latencyTable(students: readonly StudentLatency[]): string {
  const head = [
    'student',
    'batch',
    '',
    'p50, ms',
    'p99, ms',
    'best, ms',
    'p50, ours in one thread over it',
    'difference',
    'dispatches',
  ];
  const rows = students.flatMap(({ student, results }) =>
    results.map((result) => {
      const ours = results.find(
        ({ batch, of, device }) => batch === result.batch && of === 'onestep' && device === 'wasm',
      );
      return [
        student,
        String(result.batch),
        describeSide(result),
        ...[result.p50_ms, result.p99_ms, result.min_ms].map((ms) => ms.toFixed(1)),
        ours === undefined ? '' : (ours.p50_ms / result.p50_ms).toFixed(2),
        result.difference === 0 ? '' : result.difference.toExponential(0),
        result.dispatches === 0 ? '' : String(result.dispatches),
      ];
    }),
  );
  return table(head, rows);
}

function describeSide({ of, device, threads, simd }: BrowserLatency): string {
  if (device === 'webgpu') return `${of}, WebGPU on SwiftShader`;
  const count = threads === 1 ? 'one thread' : `${threads} threads`;
  return `${of}, WebAssembly, ${count}${simd ? '' : ', no SIMD'}`;
}

/** Formats what a first visit transfers. */
export function transferTable({ transfers, onnxruntime }: Arrival): string {
  const first = transfers.filter(({ what }) => what !== 'teacher');
  const row = (what: string, files: number, sizes: Sizes) => [
    what,
    String(files),
    ...[sizes.plain, sizes.gzip, sizes.brotli].map((bytes) => (bytes / 1000).toFixed(0)),
  ];
  const sum = (what: string, of: readonly Transfer[]) => {
    const total = (key: keyof Sizes) => of.reduce((bytes, { sizes }) => bytes + sizes[key], 0);
    const files = of.reduce((count, { files }) => count + files, 0);
    return row(what, files, { plain: total('plain'), gzip: total('gzip'), brotli: total('brotli') });
  };
  return table(
    ['', 'files', 'kB', 'with gzip', 'with Brotli'],
    [
      ...first.map(({ what, files, sizes }) => row(what, files, sizes)),
      sum('**until the first picture**', first),
      ...transfers
        .filter(({ what }) => what === 'teacher')
        .map(({ files, sizes }) => row('then the teacher', files, sizes)),
      ...onnxruntime.map(({ what, files, sizes }) => row(`onnxruntime-web: ${what}`, files, sizes)),
    ],
  );
}

/** Formats times to the first picture. */
export function firstPictureTable({ firstPictures }: Arrival): string {
  const seconds = (ms: number) => (ms / 1000).toFixed(2);
  return table(
    ['time to the first picture, s', 'first visit, median (best)', 'second visit'],
    firstPictures.map((times) => [
      times.line,
      `${seconds(medians(times).cold)} (${seconds(Math.min(...times.cold))})`,
      `${seconds(medians(times).warm)} (${seconds(Math.min(...times.warm))})`,
    ]),
  );
}
