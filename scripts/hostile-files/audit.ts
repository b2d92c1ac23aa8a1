import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';

type AnyFunction = (...args: never[]) => unknown;

/** Functions of the file system that make, change or remove something at the path that is their first argument. */
const WRITERS = [
  'appendFile',
  'copyFile',
  'cp',
  'createWriteStream',
  'link',
  'mkdir',
  'mkdtemp',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'truncate',
  'unlink',
  'writeFile',
] as const;
const STARTERS = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const;

/**
 * Watches this process: from now on, every program that it starts, and every path outside of a folder that it writes
 * to, is noted.
 *
 * @returns what was noted, which grows
 */
export function auditProcess(allowed: () => string): string[] {
  const noted: string[] = [];
  const noteOutside = (what: string, path: unknown) => {
    if (typeof path !== 'string' && !(path instanceof URL)) return;
    const absolute = resolve(String(path));
    if (absolute !== allowed() && !absolute.startsWith(allowed() + sep)) noted.push(`${what} ${absolute}`);
  };
  const watch = (target: object, name: string, note: (args: unknown[]) => void) => {
    const functions = target as Record<string, AnyFunction | undefined>;
    const original = functions[name];
    if (original === undefined) return;
    functions[name] = function (this: unknown, ...args: never[]) {
      note(args);
      return original.apply(this, args);
    };
  };
  const isWriting = (flags: unknown) =>
    typeof flags === 'number'
      ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0
      : typeof flags === 'string' && /[wa+]/.test(flags);
  for (const module of [fs, fs.promises]) {
    for (const name of WRITERS) {
      for (const form of [name, `${name}Sync`]) watch(module, form, ([path]) => noteOutside(form, path));
    }
    for (const form of ['open', 'openSync']) {
      watch(module, form, ([path, flags]) => {
        if (isWriting(flags)) noteOutside(form, path);
      });
    }
  }
  for (const name of STARTERS) watch(childProcess, name, ([program]) => noted.push(`${name} ${String(program)}`));
  syncBuiltinESMExports();
  return noted;
}
