import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './rehearsal.js';
import type { Registry } from './registry.js';

/** A folder of somebody who installs the packages. */
export class Consumer {
  /** @param folder does not exist yet */
  constructor(
    readonly folder: string,
    registry: Registry,
  ) {
    mkdirSync(folder);
    this.write('package.json', JSON.stringify({ private: true, type: 'module' }));
    this.write('.npmrc', registry.npmrc);
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** `npm install`. @returns what npm prints */
  install(...packages: string[]): Promise<string> {
    return this.run('npm', 'install', '--no-audit', '--no-fund', ...packages);
  }

  run(command: string, ...args: string[]): Promise<string> {
    return runProgram(command, args, { cwd: this.folder });
  }

  /** The installed packages, by their folders in `node_modules`. */
  installed(): Record<string, { scripts?: Record<string, string> }> {
    const modules = join(this.folder, 'node_modules');
    const lock = readJson(join(modules, '.package-lock.json')) as { packages: Record<string, object> };
    return Object.fromEntries(
      Object.keys(lock.packages).map((path) => [
        path.replace(/^node_modules\//, ''),
        readJson(join(this.folder, path, 'package.json')) as object,
      ]),
    );
  }

  /** Installed packages of which npm runs something when it installs them. */
  withInstallScripts(): string[] {
    const hooks = ['preinstall', 'install', 'postinstall'];
    return Object.entries(this.installed())
      .filter(([path, { scripts = {} }]) => {
        const compiles = readdirSync(join(this.folder, 'node_modules', path)).includes('binding.gyp');
        return compiles || hooks.some((hook) => hook in scripts);
      })
      .map(([path]) => path);
  }

  /** What `node_modules` takes on the disk, in units of 2^20 bytes, as `du -sm` says. */
  async megabytes(path = ''): Promise<number> {
    return Number.parseInt(await this.run('du', '-sm', join('node_modules', path)), 10);
  }
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
