#!/usr/bin/env node
import { CommanderError } from 'commander';
import { Interrupted } from './interrupt.js';
import { normalizeArguments } from './options/argv.js';
import { createProgram } from './program.js';
import { colorsOf } from './terminal/colors.js';
import { endWithOutput } from './terminal/failed-output.js';
import { describeError, UserError } from './user-error.js';

// Exit codes: 0 done, 1 failed, 2 wrong usage; 129, 130 and 143 if a signal stopped the work in good order,
// 141 if the reader of the output has gone.
endWithOutput();
try {
  const argv = normalizeArguments(process.argv.slice(2));
  const self = [process.execPath, ...process.execArgv, process.argv[1]!];
  await (await createProgram(argv, self)).parseAsync(argv, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message already; help and version end with 0.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof Interrupted) {
    if (error.message !== '') process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`${colorsOf(process.stderr).red('error:')} ${describeError(error)}\n`);
    const debug = process.env.ONESTEP_DEBUG || '0';
    if (debug === '1') console.error(error);
    else if (debug !== '0') process.stderr.write(`ONESTEP_DEBUG is '${debug}', expected '0' or '1'.\n`);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  }
}
