import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** The results that are part of the project. */
export const RESULTS = fileURLToPath(new URL('results', import.meta.url));

/**
 * Writes a measurement to `results/{name}.json`, or below the folder that ONESTEP_BENCHMARK_RESULTS names, with the date, the command and the machine.
 *
 * @param script path of the script, relative to the repository's root
 * @param where further facts about the machine, such as PyTorch's version
 * @param measured the measurement
 */
export function saveResult(name: string, script: string, where: object, measured: object): void {
  // Files outside of the repository by their names: where they lie says nothing to others.
  const given = process.argv.slice(2).map((argument) => (isAbsolute(argument) ? basename(argument) : argument));
  const command = ['node', ...process.execArgv, script, ...given].join(' ');
  const head = { date: new Date().toISOString(), command, machine: { ...describeMachine(), ...where } };
  const file = join(process.env.ONESTEP_BENCHMARK_RESULTS || RESULTS, `${name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  // A stopped benchmark leaves whole files only.
  writeFileSync(`${file}.partial`, `${JSON.stringify({ ...head, ...measured }, null, 2)}\n`);
  renameSync(`${file}.partial`, file);
}

/** The processor, memory, system and versions of this machine. */
export function describeMachine(): Record<string, string> {
  const version = (name: string) => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')).version;
  return {
    processor: `${cpus().length} x ${cpus()[0]!.model}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${process.platform} ${release()}`,
    node: process.version,
    'onnxruntime-node': version('@onestep/onnxruntime'),
    '@tensorflow/tfjs-core': version('@tensorflow/tfjs-core'),
  };
}
