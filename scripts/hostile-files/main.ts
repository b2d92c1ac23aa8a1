/**
 * Changes small files of every kind that is read, and reads them: no crash, no long wait, little memory, nothing
 * executed, nothing written outside. docs/security.md says what is promised.
 *
 *   npm run hostile-files -- --count 20000
 *   npm run hostile-files -- --traps
 */
import { parseArgs } from 'node:util';
import { readHostileFiles, readTraps, type FromReader } from './watch.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string' },
    traps: { type: 'boolean' },
  },
});
const started = Date.now();
let done = 0;
const show = ({ seed, kind, result }: FromReader) => {
  for (const problem of result?.problems ?? []) console.error(`seed ${seed}, ${kind}: ${problem}`);
  if (++done % 500 === 0) console.error(`${done} of ${values.count}`);
};
const { kinds, problems } = values.traps
  ? await readTraps(show)
  : await readHostileFiles(Number(values.seed), Number(values.count), { only: values.only, onRead: show });
const row = (...cells: (string | number)[]) =>
  [String(cells[0]).padEnd(34), ...cells.slice(1).map((cell) => String(cell).padStart(9))].join('');
console.log(row('kind', 'read', 'refused', 'MB more'));
for (const [kind, { read, refused, memory }] of Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1))) {
  console.log(row(kind, read, refused, (memory / 1e6).toFixed(0)));
}
for (const problem of problems) console.log(problem);
const counts = Object.values(kinds);
const sum = (name: 'read' | 'refused') => counts.reduce((total, kind) => total + kind[name], 0);
const seconds = ((Date.now() - started) / 1000).toFixed(0);
console.log(`${sum('read')} read, ${sum('refused')} refused, ${problems.length} problems, ${seconds} s`);
if (problems.length > 0) process.exitCode = 1;
