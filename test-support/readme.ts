import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

/** The TypeScript examples of a README, in order. @param room such as `packages/edm` */
export async function readmeExamples(room: string): Promise<string[]> {
  const text = await readFile(new URL(`../${room}/README.md`, import.meta.url), 'utf8');
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
}

/** Runs an example as a program of its own. @returns what it prints; rejects with its errors if it fails */
export function runExample(code: string): Promise<string> {
  const options = ['--conditions=@onestep/source', '--import', 'tsx', '--input-type=module'];
  const script = transformSync(code, { loader: 'ts', format: 'esm' }).code;
  const cwd = fileURLToPath(new URL('../', import.meta.url));
  const child = spawn(process.execPath, [...options, '--eval', script], { cwd });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) =>
    child.on('close', (status) => (status === 0 ? resolve(stdout) : reject(new Error(stderr)))),
  );
}
