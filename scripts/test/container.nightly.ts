import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStages, runSettings } from '../container/dockerfile.js';
import { ROOT } from '../published-packages.js';

const SANDBOX = fileURLToPath(new URL('../container/sandbox.sh', import.meta.url));
const NAMESPACES = ['--mount', '--pid', '--net', '--fork', '--kill-child'];
/** The user `node` of the image. */
const USER = 1000;

const isBuilt = existsSync(join(ROOT, 'apps/cli/dist/main.js'));
const hasRoot = process.getuid?.() === 0 && spawnSync('unshare', [...NAMESPACES, 'true']).status === 0;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-container-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Without Docker: what the Dockerfile's last stage says, in namespaces, with the files that its first stage makes. */
describe.skipIf(!isBuilt || !hasRoot)('a container (skipped without root and namespaces of Linux, and before npm run build)', () => {
  const settings = runSettings(readStages(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).at(-1)!);
  const run = (...args: string[]) => {
    const [app, work, root] = ['app', 'work', 'root'].map((name) => join(folder, name)) as [string, string, string];
    const variables = Object.entries({ PATH: '/node:/usr/bin:/bin', HOME: '/nowhere', ...settings.environment });
    const inside = ['env', '-i', `--chdir=${settings.workdir}`, ...variables.map((each) => each.join('=')), ...args];
    const { stdout, stderr, status } = spawnSync('unshare', [...NAMESPACES, 'bash', SANDBOX, root, app, work, process.execPath, ...inside], { encoding: 'utf8' }); // prettier-ignore
    return { stdout, stderr, status };
  };

  beforeAll(() => {
    for (const name of ['work', 'root']) mkdirSync(join(folder, name));
    chownSync(join(folder, 'work'), USER, USER);
    const made = spawnSync('npm', ['run', '-s', 'container:files', '--', join(folder, 'app')], { cwd: ROOT, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  }, 1_800_000);

  it('is one of a user without rights on a file system that is read-only, without a network', () => {
    expect(run('id', '-u').stdout.trim()).toBe(String(USER));
    const effective = run('grep', 'CapEff', '/proc/self/status').stdout;
    expect(Number.parseInt(effective.split('\t')[1]!, 16)).toBe(0);
    for (const place of ['/', '/app', '/usr', '/etc']) expect(run('touch', join(place, 'file')).status).not.toBe(0);
    for (const place of ['/work', '/tmp']) expect(run('touch', join(place, 'file')).status).toBe(0);
    expect(run('cat', '/proc/net/route').stdout.trim().split('\n')).toHaveLength(1);
  });

  it('runs the quickstart', () => {
    const { status, stderr, stdout } = run(...settings.command, '--kimg=0.064', '--num=100');
    expect(stderr).not.toMatch(/EROFS|EACCES|read-only/);
    expect([status, stdout]).toEqual([0, expect.stringContaining('report.html') as string]);
    const [runs] = readdirSync(join(folder, 'work')).filter((name) => name === 'runs');
    const quickstart = join(folder, 'work', runs!, 'quickstart');
    expect(readdirSync(quickstart)).toEqual(expect.arrayContaining(['report.html', 'student.safetensors', 'summary.json']));
    expect(statSync(join(quickstart, 'report.html')).uid).toBe(USER);
  });

  it('has no files of development', () => {
    const modules = join(folder, 'app/node_modules');
    const names = readdirSync(modules, { recursive: true, encoding: 'utf8' }).map((name) => basename(name));
    expect(names).not.toEqual(expect.arrayContaining(['vitest']));
    expect(readdirSync(join(modules, '@onestep')).filter((name) => name.startsWith('onnxruntime-'))).toHaveLength(1);
  });
}); // prettier-ignore
