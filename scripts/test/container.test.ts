import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStages, runSettings } from '../container/dockerfile.js';
import { ROOT } from '../published-packages.js';

const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

describe('Dockerfile', () => {
  const [build, run, ...others] = readStages(read('Dockerfile'));

  it('has two stages of the same version of Node.js, and the second takes the result of the first only', () => {
    expect(others).toEqual([]);
    expect([build!.name, run!.from]).toEqual(['build', build!.from]);
    const copies = run!.instructions.filter(({ word }) => word === 'COPY' || word === 'ADD');
    expect(copies).toEqual([{ word: 'COPY', rest: '--from=build /app /app' }]);
  });

  it('builds by scripts of this repository', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = build!.instructions.filter(({ word }) => word === 'RUN').map(({ rest }) => rest);
    const names = commands.flatMap((rest) => /^npm run (\S+)/.exec(rest)?.[1] ?? []);
    expect(commands[0]).toMatch(/^npm ci\b/);
    expect(names).toEqual(['build', 'container:files']);
    for (const name of names) expect(scripts).toHaveProperty([name]);
  });

  it('runs the quickstart as a user without rights, and writes to a volume', () => {
    const { user, workdir, command, volumes, environment } = runSettings(run!);
    expect({ user, workdir, volumes }).toEqual({ user: 'node', workdir: '/work', volumes: ['/work'] });
    expect(environment.ONESTEP_CACHE_DIR).toMatch(/^\/work\//);
    expect(command.at(-1)).toBe('quickstart');
    const { bin } = JSON.parse(read('apps/cli/package.json')) as { bin: { onestep: string } };
    expect(command[1]).toBe(join('/app/node_modules/@onestep/cli', bin.onestep));
  });

  it('leaves out what was built or installed outside', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '.git']));
    for (const name of ['package-lock.json', 'packages', 'scripts']) expect([existsSync(join(ROOT, name)), ignored.includes(name)]).toEqual([true, false]); // prettier-ignore
  });
});
