import type { Machine } from './machine.js';
import type { PartResult } from './part.js';
import { compareTimes, formatMs, summarizeResult, type TimeRow } from './summary.js';

/** Width of the terminal that tables fit into. */
const WIDTH = 80;
const MARK: Record<PartResult['status'], string> = { ok: 'ok', failed: 'FAILED', skipped: 'skipped' };
const UNKNOWN = '-';

/** The lines that describe the machine. */
export function describeInLines({ gpu, ...machine }: Machine): string[] {
  const known = (value: number | string | null, unit = '') => (value === null ? 'unknown' : `${value}${unit}`);
  const onGpu =
    gpu === null
      ? ['GPU: not used']
      : [
          `GPU: ${gpu.name}, ${known(gpu.memory_mb, ' MB')}, compute capability ${known(gpu.compute_capability)}`,
          `driver ${gpu.driver}, CUDA ${known(gpu.cuda)}; in use before: ${known(gpu.used_mb, ' MB')}, ${known(gpu.utilization, ' %')}`,
        ];
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return [
    ...onGpu,
    `CPU: ${machine.processor}, ${machine.memory_gb} GB, ${machine.system}`,
    `Node ${machine.node}, ${packages.join(', ')}`,
  ].flatMap((line) => wrap(line, WIDTH - 2));
}

/** A part's line in the terminal; what does not fit continues below. */
export function formatPart(result: PartResult): string {
  const head = `${result.seconds.toFixed(1).padStart(6)} s  ${MARK[result.status].padEnd(7)}  ${result.name}`;
  const summary = summarizeResult(result);
  return summary === '' ? head : [head, ...wrap(summary, WIDTH - 12).map((line) => ' '.repeat(12) + line)].join('\n');
}

const COLUMNS = ['ms (best)', 'images/s', 'PyTorch=1', 'GPU MB', 'host MB', 'differs'];

function cells({ times, ...row }: TimeRow): string[] {
  return [
    `${formatMs(times.median_ms)} (${formatMs(times.min_ms)})`,
    times.images_per_second.toFixed(times.images_per_second < 10 ? 1 : 0),
    row.speed_of_pytorch?.toFixed(2) ?? UNKNOWN,
    times.gpu_mb?.toFixed(0) ?? UNKNOWN,
    times.host_mb.toFixed(0),
    row.difference?.toExponential(0) ?? UNKNOWN,
  ];
}

/** The times as a table of at most 80 columns. Empty if nothing was timed. */
export function formatTimes(results: readonly PartResult[]): string {
  const widths = [17, 10, 10, 8, 8, 8];
  const line = (head: string, values: readonly string[]) =>
    head.padEnd(WIDTH - 61) + values.map((value, i) => value.padStart(widths[i]!)).join('');
  let title = '';
  const lines = compareTimes(results).flatMap((row) => {
    const own = line(`${row.engine} ${row.precision}`, cells(row));
    if (title === `${row.choice} ${row.mode}`) return [own];
    title = `${row.choice} ${row.mode}`;
    return ['', title, line('', COLUMNS), own];
  });
  return lines.slice(1).join('\n');
}

/** The whole report as Markdown. */
export function formatMarkdown(
  { date, command, machine }: { date: string; command: string; machine: Machine },
  results: readonly PartResult[],
): string {
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
    [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(escapeCell).join(' | ')} |`).join('\n');
  const parts = results.map((result) => [
    result.name,
    MARK[result.status],
    result.seconds.toFixed(1),
    summarizeResult(result),
  ]);
  const times = compareTimes(results).map((row) => [row.choice, row.mode, row.engine, row.precision, ...cells(row)]);
  const failures = results.flatMap(({ name, figures }) =>
    ((figures.failures ?? []) as { name: string; message: string }[]).map((test) => [name, test.name, test.message]),
  );
  const sections = [
    `# GPU check\n\n${date}, commit ${machine.commit ?? 'unknown'}: \`${command}\`\n`,
    ...describeInLines(machine).map((line) => `- ${line}`),
    `\n${table(['part', 'result', 'seconds', ''], parts)}`,
  ];
  if (failures.length > 0) sections.push(`\n${table(['part', 'failed test', 'message'], failures)}`);
  if (times.length > 0) sections.push(`\n${table(['network', 'work', 'engine', 'precision', ...COLUMNS], times)}`);
  return `${sections.join('\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(...(word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []));
  }
  return lines.filter((line) => line !== '');
}
