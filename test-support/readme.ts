import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { consecutiveExamples, exampleArguments } from './program.js';

/**
 * Reads the TypeScript examples of a README, in order.
 *
 * @param folder folder of the README, such as `packages/edm`
 */
export function readmeExamples(folder: string): Promise<string[]> {
  return examplesOf(`${folder}/README.md`);
}

/** Reads the TypeScript examples of a document, in order. @param path from the root of the repository */
export async function examplesOf(path: string): Promise<string[]> {
  const text = await readFile(new URL(`../${path}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
}

/**
 * Runs an example in a process of its own.
 *
 * @returns its standard output
 * @throws with its standard error, if it fails
 */
export async function runExample(code: string): Promise<string> {
  return output(await exampleArguments(code));
}

/** Runs examples one after the other in one process. @returns its standard output @throws with its standard error, if it fails */
export async function runExamples(codes: readonly string[]): Promise<string> {
  return output(await consecutiveExamples(codes));
}

function output(args: readonly string[]): Promise<string> {
  const cwd = fileURLToPath(new URL('../', import.meta.url));
  const child = spawn(process.execPath, args, { cwd });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) =>
    child.on('close', (status) => (status === 0 ? resolve(stdout) : reject(new Error(stderr)))),
  );
}
