import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeTinyTeacher } from './tiny-files.js';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A method of one's own, and a teacher for it. */
export interface OwnMethod {
  /** A folder outside the repository, where nothing is installed. */
  folder: string;
  /** Path of the method: that of the tutorial in CONTRIBUTING.md. */
  method: string;
  /** Path of the teacher. */
  teacher: string;
}

/** Writes the files. The caller removes the folder. */
export async function writeOwnMethod(): Promise<OwnMethod> {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-own-method-'));
  const method = join(folder, 'sim.mjs');
  const tutorial = await readFile(`${ROOT}CONTRIBUTING.md`, 'utf8');
  await writeFile(method, /<!-- sim\.mjs -->\s+```js\n([\s\S]*?)```/.exec(tutorial)![1]!);
  return { folder, method, teacher: await writeTinyTeacher(folder, 32, 10) };
}

/** The program from its sources, not from a bundle: the method's file gets the program's own copy of every package. */
export function start(args: readonly string[]): {
  child: ChildProcess;
  finished: Promise<{ code: number | null; output: string }>;
} {
  const command = ['--conditions=@onestep/source', '--import', 'tsx', 'apps/cli/src/main.ts', ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, NO_COLOR: '1' } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const finished = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { child, finished };
}

/** The same, to its end. */
export const run = (...args: string[]) => start(args).finished;

/** Arguments of a short run of the method. */
export const distillOwn = ({ method, teacher }: OwnMethod, outdir: string, ...more: string[]) => [
  ...['distill', method, '--edm-model', teacher, '--outdir', outdir, '--nosubdir', '--batch', '8', '--lr', '1e-3'],
  ...['--glr', '1e-3', '--seed', '3', '--tick', '0.008', '--snap', '1', '--dump', '1', '--pictures', '0', ...more],
];
