import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL('..', import.meta.url));
/** The folder of an installed package. */
const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`));

/** The installed package that holds ONNX Runtime: upstream's, under the name of the small one. */
export const RUNTIME = '@onestep/onnxruntime';

/** Files by which an installed onnxruntime-node differs from the real one; null removes one. */
export type Changes = Record<string, string | null>;

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program of this folder in a new process, with this package's sources next to another onnxruntime-node.
 *
 * @param program file in this folder, and its arguments
 * @param withSmall installs `@onestep/onnxruntime` as well
 */
export async function runInstalledWith(
  changes: Changes,
  { program = ['installation-program.ts'], withSmall = false } = {},
): Promise<Outcome> {
  const library = folderOf(RUNTIME);
  const folder = mkdtempSync(join(tmpdir(), 'onestep-installation-'));
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    const room = join(folder, 'packages', basename(here));
    for (const part of ['src', 'test']) cpSync(join(here, part), join(room, part), { recursive: true });
    symlinkSync(join(here, '../nn'), join(folder, 'packages/nn'));
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, '@tensorflow'), { recursive: true });
    for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu']) {
      symlinkSync(folderOf(name), join(modules, name));
    }
    copyWithChanges(library, join(modules, 'onnxruntime-node'), changes);
    if (withSmall) {
      mkdirSync(join(modules, '@onestep'));
      symlinkSync(library, join(modules, RUNTIME));
    }
    const common = require.resolve('onnxruntime-common', { paths: [library] });
    symlinkSync(common.slice(0, common.lastIndexOf('/onnxruntime-common/') + '/onnxruntime-common'.length), join(modules, 'onnxruntime-common'));
    const loader = require.resolve('tsx');
    const [file, ...args] = program;
    const run = promisify(execFile)(process.execPath, ['--import', loader, join(room, 'test', file!), ...args]);
    return await run.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
} // prettier-ignore

/** Links the large binaries, copies the rest. */
function copyWithChanges(from: string, to: string, changes: Changes): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === 'bin') symlinkSync(join(from, name), join(to, name));
    else cpSync(join(from, name), join(to, name), { recursive: true });
  }
  for (const [file, text] of Object.entries(changes)) {
    if (text === null) rmSync(join(to, file));
    else writeFileSync(join(to, file), text);
  }
}

/** The text of a file of the real onnxruntime-node. */
export const installedFile = (name: string) => readFileSync(join(folderOf(RUNTIME), name), 'utf8');

/** Its package.json with some fields replaced. */
export const manifest = (fields: object) =>
  JSON.stringify({ ...(JSON.parse(installedFile('package.json')) as object), ...fields });
