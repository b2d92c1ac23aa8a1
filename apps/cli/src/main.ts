#!/usr/bin/env node
import { startedByLauncher } from '@onestep/mpi';
import { debugError, outcomeLine, outcomeOf } from './outcome.js';
import { runInJob } from './processes/job.js';
import { runProgram } from './program.js';
import { endWithOutput } from './terminal/failed-output.js';

endWithOutput();
const typed = process.argv.slice(2);
const run = () => runProgram(typed, [process.execPath, ...process.execArgv, process.argv[1]!]);
const launch = startedByLauncher();
if (launch !== null) await runInJob(launch, typed, run);
else await run().catch(tell);

function tell(error: unknown): void {
  const outcome = outcomeOf(error);
  if (outcome.message !== '' && !outcome.isSaid) process.stderr.write(`${outcomeLine(outcome)}\n`);
  debugError(error);
  process.exitCode = outcome.exitCode;
}
