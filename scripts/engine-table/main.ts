import { describeMachine } from '../../benchmarks/save-result.js';
import { holds, isMeasured } from './cell.js';
import { amountText, differencesText, remarkText } from './cell-text.js';
import { writeDocuments } from './documents.js';
import type { EngineName } from './engines.js';
import { measureCell, probeEngine } from './measure-cell.js';
import { parseOptions, USAGE, UsageError, type EngineTableOptions } from './options.js';
import { readResults, RESULTS_FILE, writeResults, type EngineResult, type Results } from './results.js';

/** Measures the parts of an engine that the results lack, or all with `redo`. */
async function measureEngine(engine: EngineName, options: EngineTableOptions, results: Results): Promise<boolean> {
  const known = results.engines[engine];
  const parts = options.parts.filter((part) => options.redo || known?.cells[part] === undefined);
  if (parts.length === 0) {
    console.log(`${engine}: measured before (--redo measures again)`);
    return true;
  }
  const start = await probeEngine(engine);
  const now = { date: new Date().toISOString(), machine: describeMachine() };
  if ('absent' in start) {
    console.log(`${engine}: does not start. ${start.absent}`);
    // What was measured where it starts remains.
    if (known?.description === undefined) results.engines[engine] = { ...now, absent: start.absent, cells: {} };
    await writeResults(options.results, results);
    return true;
  }
  console.log(start.description);
  const result: EngineResult = { description: start.description, ...now, cells: { ...known?.cells } };
  results.engines[engine] = result;
  let isGood = true;
  for (const part of parts) {
    const cell = await measureCell(engine, part, options.limit, (item) => console.log(`    ${part}: ${item}`));
    result.cells[part] = cell;
    await writeResults(options.results, results);
    if (!isMeasured(cell)) console.log(`  ${part}: ${cell.nothing}`);
    else {
      const texts = [amountText(cell), differencesText(cell), remarkText(cell)].filter((text) => text !== '');
      console.log(`  ${part}: ${texts.join('; ')}`);
      isGood &&= holds(cell) || cell.beyond + cell.failures.length === 0;
    }
  }
  return isGood;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else {
    const results = readResults(options.results);
    for (const engine of options.render ? [] : options.engines) {
      if (!(await measureEngine(engine, options, results))) process.exitCode = 1;
    }
    if (options.results === RESULTS_FILE) writeDocuments(results);
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
