import { holds, isMeasured } from './cell.js';
import { amountText, count, differencesText, remarkText, shortText } from './cell-text.js';
import { ENGINE_NAMES, ENGINES, runsInBrowsers, runsInNode, type EngineName } from './engines.js';
import { PARTS } from './parts/registry.js';
import type { EngineResult, Results } from './results.js';

/** Renders the tables of docs/engine/tested.md. */
export function renderTested({ engines }: Results): string {
  const parts = PARTS.map(({ name, about }) => `| ${name} | ${about}${whyEmpty(engines, name)} |`);
  return [
    overview(engines),
    ['| part | measured |', '|---|---|', ...parts].join('\n'),
    ...ENGINE_NAMES.map((name) => engineSection(name, engines[name])),
  ].join('\n\n');
}

/** Renders the engine table of the README. */
export function renderSummary({ engines }: Results): string {
  const parts = PARTS.map(({ name }) => name).filter((name) => whyEmpty(engines, name) === '');
  const rows = ENGINE_NAMES.map((name) => {
    const { title, needs } = ENGINES[name];
    const runs = [runsInNode(name), runsInBrowsers(name)].map((is) => (is ? '✓' : ''));
    const result = engines[name];
    return row([`\`${name}\`: ${title}`, ...runs, trains(name, result), needs, summarize(result, parts)]);
  });
  return [
    ['| engine | Node | browser | trains | needs | checked |', '|---|:---:|:---:|:---:|---|---|', ...rows].join('\n'),
    `Checked by \`npm run engines\`, ${days(Object.values(engines))}: reference numbers, exact resume, flat memory and more ` +
      '([the figures](docs/engine/tested.md)).',
  ].join('\n\n');
}

/** The largest differences of all engines that were started. */
function overview(engines: Results['engines']): string {
  const started = ENGINE_NAMES.filter((name) => engines[name]?.description !== undefined);
  const rows = PARTS.map(({ name }) =>
    row([name, ...started.map((engine) => shortText(engines[engine]!.cells[name]))]),
  );
  return [row(['', ...started.map((name) => `\`${name}\``)]), `|---|${'---|'.repeat(started.length)}`, ...rows].join(
    '\n',
  );
}

/** Why a part is empty on every engine. */
function whyEmpty(engines: Results['engines'], part: string): string {
  const cells = Object.values(engines).flatMap(({ cells: { [part]: cell } }) => cell ?? []);
  const reason = cells.map((cell) => (isMeasured(cell) ? undefined : cell.nothing));
  return cells.length > 0 && !reason.includes(undefined) ? `: ${reason[0]}` : '';
}

function engineSection(name: EngineName, result: EngineResult | undefined): string {
  const title = `## \`${name}\``;
  if (result === undefined) return `${title}\n\nNot run.`;
  const { description, absent, machine, cells } = result;
  if (description === undefined) return `${title}\n\nDoes not start on ${where(machine)}, ${days([result])}: ${absent}`;
  const rows = PARTS.flatMap((part) => {
    const cell = cells[part.name];
    if (cell === undefined) return [row([part.name, '', '', 'not run'])];
    if (!isMeasured(cell)) return [row([part.name, '', '', cell.nothing])];
    return [row([part.name, amountText(cell), differencesText(cell), remarkText(cell)])];
  });
  return [
    title,
    `${description}. On ${where(machine)}, ${days([result])}.`,
    ['| part | compared | largest differences (limit) | |', '|---|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
}

function where({ processor, system, node }: Record<string, string>): string {
  return `${processor}, ${system!.split(' ')[0]}, Node ${node!.slice(1)}`;
}

/** When engines were measured: a day, or the first and the last. */
function days(results: readonly EngineResult[]): string {
  const dates = results.flatMap(({ date, cells }) => [date, ...Object.values(cells).map((cell) => cell.date)]).sort();
  const [first, last] = [dates[0], dates.at(-1)].map((date) => (date === undefined ? 'not yet' : day(date)));
  return first === last ? first! : `${first} to ${last}`;
}

/** `29 November 2026` */
function day(date: string): string {
  const format = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Date(date).toLocaleDateString('en-GB', format);
}

/** An engine that starts trains, unless its trainings were found to be wrong. */
function trains(name: EngineName, result: EngineResult | undefined): string {
  if (result?.description === undefined) return '';
  const cell = result.cells.trainings;
  if (isMeasured(cell) && cell.beyond + cell.failures.length > 0) return '';
  return ENGINES[name].isSlow ? 'slowly' : '✓';
}

/** How many of the parts were measured, and hold. */
function summarize(result: EngineResult | undefined, parts: readonly string[]): string {
  if (result === undefined) return 'not run';
  if (result.description === undefined) return 'does not start on our machine';
  const measured = parts.map((name) => result.cells[name]).filter(isMeasured);
  const whole = measured.filter(holds).length;
  if (whole === parts.length) return `all ${count(whole, 'part')}`;
  const faulty = measured.filter(({ beyond, failures }) => beyond + failures.length > 0).length;
  const started = measured.filter(({ done }) => done > 0).length - whole - faulty;
  return [
    `${whole} of ${count(parts.length, 'part')}`,
    started > 0 ? `${started} in part` : '',
    faulty > 0 ? `${faulty} with faults` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
