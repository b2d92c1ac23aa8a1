import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { exampleArguments } from './program.js';

/** A notebook in Jupyter's format, as far as it is read here. */
export interface Notebook {
  cells: {
    cell_type: 'code' | 'markdown';
    source: string[];
    execution_count?: number | null;
    outputs?: CellOutput[];
  }[];
}

/** The value of a cell, by MIME type. */
export interface CellOutput {
  output_type: 'execute_result';
  execution_count: number;
  metadata: Record<string, never>;
  data: Record<string, string>;
}

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The notebook that the documentation shows. */
export const NOTEBOOK = new URL('../docs/notebooks/one-step.ipynb', import.meta.url);

export async function readNotebook(url = NOTEBOOK): Promise<Notebook> {
  return JSON.parse(await readFile(url, 'utf8')) as Notebook;
}

/** Shows values as Deno's kernel does: what they say of themselves, or as the console would. */
const PRELUDE = `
import { inspect } from 'node:util';
async function shown(cell: number, value: unknown): Promise<void> {
  const display = (value as Record<symbol, (() => Record<string, string>) | undefined> | undefined)?.[Symbol.for('Jupyter.display')];
  const data = display?.call(value) ?? { 'text/plain': inspect(value) };
  console.log(JSON.stringify({ cell, data: await data }));
}
`;

/**
 * Runs the code cells of a notebook, one after the other in one process.
 *
 * @param runtime the program and its first arguments. Default: this Node
 * @returns for each code cell, the value of its last expression by MIME type; null where it ends with something else
 * @throws with the standard error of the process, if it fails
 */
export async function runNotebook(
  notebook: Notebook,
  runtime: readonly string[] = [process.execPath],
): Promise<(Record<string, string> | null)[]> {
  const cells = notebook.cells.filter(({ cell_type: type }) => type === 'code');
  const code = cells.map(({ source }, i) => showLastValue(source.join(''), i)).join('\n');
  const [program, ...args] = [...runtime, ...(await exampleArguments(`${PRELUDE}${code}`))];
  const child = spawn(program!, args, { cwd: ROOT });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const status = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (status !== 0) throw new Error(stderr);
  const values = new Array<Record<string, string> | null>(cells.length).fill(null);
  for (const line of stdout.split('\n').filter((each) => each.startsWith('{"cell":'))) {
    const { cell, data } = JSON.parse(line) as { cell: number; data: Record<string, string> };
    values[cell] = data;
  }
  return values;
}

/** Passes the value of a cell's last expression on, if the cell ends with one. */
function showLastValue(code: string, cell: number): string {
  const last = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest).statements.at(-1);
  if (last === undefined || !ts.isExpressionStatement(last)) return code;
  const { pos, end } = last.expression;
  return `${code.slice(0, pos)}\nawait shown(${cell}, ${code.slice(pos, end)});`;
}
