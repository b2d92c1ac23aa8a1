import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';

const require = createRequire(import.meta.url);

/** The machine and the versions that a result belongs to. */
export function machine(): Record<string, string> {
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

/** The command that is running, as it would be typed in the repository's root. */
export function command(script: string): string {
  return ['node', ...process.execArgv, script, ...process.argv.slice(2)].join(' ');
}
