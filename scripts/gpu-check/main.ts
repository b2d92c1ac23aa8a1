/**
 * Checks the engines on this machine's NVIDIA GPU and times them against PyTorch. `--help` lists the options, and
 * docs/engine/gpu-check.md describes them.
 *
 *   npm run gpu-check
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeMachine } from './machine.js';
import { describeGpu, type Gpu } from './nvidia-smi.js';
import { parseOptions, USAGE, UsageError, type Options } from './options.js';
import { listParts } from './parts.js';
import { count, isWell, writeReport } from './report.js';
import { isOutOfTime, runParts } from './run-parts.js';
import { describeInLines, formatPart, formatTimes } from './tables.js';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else process.exitCode = await check(options);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** Runs the check. @returns the exit code. @throws if there is no GPU, or the folder cannot be written */
async function check(options: Options): Promise<number> {
  const machine = describeMachine(options.cpu || options.prepare !== null ? null : requireGpu());
  const folder = resolve(options.out);
  mkdirSync(folder, { recursive: true });
  console.log(describeInLines(machine).join('\n'));

  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    if (interruption.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    console.log('Interrupted: stops what runs and writes what is known. Once more ends at once.');
    interruption.abort(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);

  const start = performance.now();
  const date = new Date().toISOString();
  const command = ['npm run gpu-check --', ...process.argv.slice(2)].join(' ');
  const { budgetS } = options;
  const scratch = mkdtempSync(join(tmpdir(), 'onestep-gpu-check-'));
  try {
    const results = await runParts(listParts(options, scratch), {
      budgetS,
      folder,
      signal: interruption.signal,
      onStart: ({ name }) => console.log(`          ...      ${name}`),
      onResult(result, parts) {
        if (!isOutOfTime(result)) console.log(formatPart(result));
        const seconds = (performance.now() - start) / 1000;
        writeReport(folder, { date, command, machine, budget_seconds: budgetS, seconds, parts });
      },
    });
    const late = results.filter(isOutOfTime);
    if (late.length > 0) console.log(`No time left for ${late.length} parts, from '${late[0]!.name}' on (--budget).`);
    const times = formatTimes(results);
    if (times !== '') console.log(`\n${times}`);
    console.log(
      `\n${(['ok', 'failed', 'skipped'] as const).map((status) => `${count(results, status)} ${status}`).join(', ')}`,
    );
    console.log(`Written: ${join(folder, 'gpu-check.json')}, gpu-check.md, and the output of each part`);
    if (interruption.signal.aborted) return interruption.signal.reason === 'SIGINT' ? 130 : 143;
    return isWell(results) ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function requireGpu(): Gpu {
  try {
    return describeGpu();
  } catch (error) {
    throw new Error(
      `No NVIDIA GPU found: ${(error as Error).message}.\nWith --cpu the check is rehearsed on engines that need none.`,
      { cause: error },
    );
  }
}
