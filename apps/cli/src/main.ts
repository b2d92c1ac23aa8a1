#!/usr/bin/env node
import { startedByLauncher } from '@onestep/mpi';
import { normalizeArguments } from './options/argv.js';
import { debugError, outcomeLine, outcomeOf } from './outcome.js';
import { runInJob } from './processes/job.js';
import { createProgram } from './program.js';
import { endWithOutput } from './terminal/failed-output.js';

endWithOutput();
const typed = process.argv.slice(2);
const run = async () => {
  const argv = normalizeArguments(typed);
  const self = [process.execPath, ...process.execArgv, process.argv[1]!];
  await (await createProgram(argv, self)).parseAsync(argv, { from: 'user' });
};
const launch = startedByLauncher();
if (launch !== null) await runInJob(launch, typed, run);
else await run().catch(tell);

function tell(error: unknown): void {
  const outcome = outcomeOf(error);
  if (outcome.message !== '' && !outcome.isSaid) process.stderr.write(`${outcomeLine(outcome)}\n`);
  debugError(error);
  process.exitCode = outcome.exitCode;
}
