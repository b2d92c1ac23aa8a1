import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { availableProcessors } from '../../src/threads/available-processors.js';
import { cpuQuota } from '../../src/threads/cpu-quota.js';

let folder: string;
let count = 0;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'onestep-threads-'))));
afterAll(() => rm(folder, { recursive: true }));

/** Lays files out as the root of a machine. */
async function machine(files: Record<string, string>): Promise<string> {
  const root = join(folder, String(count++));
  for (const [path, contents] of Object.entries({ 'proc/self/status': status('0-15'), ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), contents);
  }
  return root;
}

const status = (list: string) =>
  `Name:\tnode\nCpus_allowed:\tffff\nCpus_allowed_list:\t${list}\nMems_allowed_list:\t0\n`;
/** Lines of /proc/self/mountinfo. */
const rootDisk = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n';
const mount2 = (at: string, group = '/') =>
  `${rootDisk}30 22 0:26 ${group} ${at} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n`;
const mount1 = (at: string, group = '/') =>
  `${rootDisk}33 30 0:29 ${group} ${at} rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n`;
const v1 = (folder: string, quota: number, period = 100_000) => ({
  [`${folder}/cpu.cfs_quota_us`]: `${quota}\n`,
  [`${folder}/cpu.cfs_period_us`]: `${period}\n`,
});

describe('the quota of control groups, version 2', () => {
  const groups = { 'proc/self/cgroup': '0::/jobs/job 7\n', 'proc/self/mountinfo': mount2('/sys/fs/cgroup') };

  it.each([
    ['no quota', 'max 100000', 'max 100000', Infinity],
    ['one of its own', '250000 100000', 'max 100000', 2.5],
    ['one of the group around it, which is smaller', '800000 100000', '150000 50000', 3],
    ['a larger one around it', '50000 100000', '400000 100000', 0.5],
  ])('%s', async (_name, inner, outer, expected) => {
    const root = await machine({
      ...groups,
      'sys/fs/cgroup/jobs/job 7/cpu.max': `${inner}\n`,
      'sys/fs/cgroup/jobs/cpu.max': `${outer}\n`,
    });
    expect(cpuQuota(root)).toBe(expected);
  });

  it('a container sees only its own group, as the root', async () => {
    const root = await machine({ ...groups, 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '200000 100000\n' });
    expect(cpuQuota(root)).toBe(2);
  });

  it('a process in a group outside of its namespace has at least the quota of the mount', async () => {
    const files = { 'proc/self/cgroup': '0::/../other\n', 'sys/fs/cgroup/cpu.max': '300000 100000\n' };
    expect(cpuQuota(await machine({ ...groups, ...files }))).toBe(3);
  });
});

describe('the quota of control groups, version 1', () => {
  const cgroup = '9:name=systemd:/\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/docker/abc\n0::/\n';

  it('on the host, -1 is none', async () => {
    const files = { 'proc/self/cgroup': cgroup, 'proc/self/mountinfo': mount1('/sys/fs/cgroup/cpu,cpuacct') };
    const at = 'sys/fs/cgroup/cpu,cpuacct';
    const limited = { ...files, ...v1(at, -1), ...v1(`${at}/docker`, -1), ...v1(`${at}/docker/abc`, 150_000) };
    expect(cpuQuota(await machine(limited))).toBe(1.5);
    expect(cpuQuota(await machine({ ...limited, ...v1(`${at}/docker`, 30_000, 25_000) }))).toBe(1.2);
    expect(cpuQuota(await machine({ ...limited, ...v1(`${at}/docker/abc`, -1) }))).toBe(Infinity);
  });

  it('in a container whose mount point stands for its group', async () => {
    const files = { 'proc/self/cgroup': cgroup, 'proc/self/mountinfo': mount1('/sys/fs/my\\040groups', '/docker/abc') };
    expect(cpuQuota(await machine({ ...files, ...v1('sys/fs/my groups', 400_000) }))).toBe(4);
  });

  it('the cpuset hierarchy has no quota', async () => {
    const mountinfo = mount1('/sys/fs/cgroup/cpuset').replace('rw,cpu,cpuacct', 'rw,cpuset');
    const files = { 'proc/self/cgroup': cgroup, 'proc/self/mountinfo': mountinfo };
    expect(cpuQuota(await machine({ ...files, ...v1('sys/fs/cgroup/cpuset/docker/abc', 100_000) }))).toBe(Infinity);
  });
});

describe('the available processors', () => {
  const files = { 'proc/self/cgroup': '0::/\n', 'proc/self/mountinfo': mount2('/sys/fs/cgroup') };
  const withQuota = (quota: string, list: string) =>
    machine({ ...files, 'sys/fs/cgroup/cpu.max': `${quota}\n`, 'proc/self/status': status(list) });

  it.each([
    ['max 100000', '0-15', 16],
    ['max 100000', '0-2,5,8-9', 6],
    ['200000 100000', '0-15', 2],
    ['150000 100000', '0-15', 2],
    ['10000 100000', '0-15', 1],
    ['800000 100000', '3', 1],
  ])('quota %s, mask %s: %i', async (quota, list, expected) => {
    expect(availableProcessors(await withQuota(quota, list))).toBe(expected);
  });

  it('are those of Node where there is no /proc', () => {
    expect(availableProcessors(join(folder, 'nothing'))).toBe(availableParallelism());
  });

  /** Prints the number in a new process. */
  const program = `import { availableProcessors } from ${JSON.stringify(new URL('../../src/threads/index.ts', import.meta.url).href)};
    console.log(availableProcessors());`;
  const run = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program];

  it('on this machine follow the affinity mask', async (context) => {
    context.skip(process.platform !== 'linux', 'Only Linux has taskset.');
    const { stdout } = await promisify(execFile)('taskset', ['--cpu-list', '0', ...run]);
    expect(stdout.trim()).toBe('1');
  });

  it('on this machine follow the quota of a control group', async (context) => {
    const group = makeGroup(150_000);
    context.skip(group === null, 'Making a control group needs root and a writable hierarchy.');
    try {
      const enter = `echo $$ > ${group}/cgroup.procs && exec "$0" "$@"`;
      const { stdout } = await promisify(execFile)('bash', ['-c', enter, ...run]);
      expect(stdout.trim()).toBe(String(Math.min(2, availableParallelism())));
      limit(group!, 70_000);
      expect((await promisify(execFile)('bash', ['-c', enter, ...run])).stdout.trim()).toBe('1');
    } finally {
      rmdirSync(group!);
    }
  });
});

const GROUP_ROOTS = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct', '/sys/fs/cgroup'];

/** Makes a control group with a quota per 100 ms. Returns its folder, or null where that is not possible. */
function makeGroup(microseconds: number): string | null {
  for (const root of GROUP_ROOTS) {
    const group = join(root, `onestep-test-${process.pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    try {
      limit(group, microseconds);
      return group;
    } catch {
      rmdirSync(group);
    }
  }
  return null;
}

/** Writes a quota, in version 2's file or version 1's. */
function limit(group: string, microseconds: number): void {
  const isSecond = existsSync(join(group, 'cpu.max'));
  writeFileSync(join(group, isSecond ? 'cpu.max' : 'cpu.cfs_quota_us'), String(microseconds), { flag: 'r+' });
}
