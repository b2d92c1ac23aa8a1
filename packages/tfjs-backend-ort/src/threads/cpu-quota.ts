import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mounted hierarchy of control groups that can limit processor time. */
interface Hierarchy {
  version: 1 | 2;
  /** The folder in which it is mounted. */
  mountPoint: string;
  /** The group that this folder stands for. */
  mountRoot: string;
}

/**
 * The processor time that the control groups of this process allow, in processors: 1.5 for 150 ms in every 100 ms. Containers
 * and batch systems limit a process this way. A group cannot exceed the groups that it is in, so the smallest quota
 * counts, from the process's own group up to the outermost visible one. Infinity without a quota, and where there are no
 * control groups.
 *
 * @param root folder that contains `proc` and the mount points. Default: `/`
 */
export function cpuQuota(root = '/'): number {
  const groups = readText(join(root, 'proc/self/cgroup')) ?? '';
  let quota = Infinity;
  for (const hierarchy of hierarchies(root)) {
    const group = groupOf(groups, hierarchy.version);
    if (group === null) continue;
    for (const folder of foldersFrom(group, hierarchy)) {
      quota = Math.min(quota, quotaIn(join(root, folder), hierarchy.version));
    }
  }
  return quota;
}

/** Lists the mounts of version 2, and those of version 1 with the controller `cpu` (proc_pid_mountinfo(5)). */
function hierarchies(root: string): Hierarchy[] {
  const lines = (readText(join(root, 'proc/self/mountinfo')) ?? '').split('\n');
  return lines.flatMap((line): Hierarchy[] => {
    const [mount = '', system = ''] = line.split(' - ');
    const [, , , mountRoot, mountPoint] = mount.split(' ').map(unescapeOctal);
    const [type, , options = ''] = system.split(' ');
    if (mountRoot === undefined || mountPoint === undefined) return [];
    if (type === 'cgroup2') return [{ version: 2, mountPoint, mountRoot }];
    return type === 'cgroup' && options.split(',').includes('cpu') ? [{ version: 1, mountPoint, mountRoot }] : [];
  });
}

/** Spaces and backslashes of paths are written as octal numbers there. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** The group of this process: lines are `ID:CONTROLLERS:GROUP`, with the ID 0 for version 2 (cgroups(7)). */
function groupOf(groups: string, version: 1 | 2): string | null {
  for (const line of groups.split('\n')) {
    const [, id, controllers, group] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (version === 2 ? id === '0' : controllers?.split(',').includes('cpu')) return group!;
  }
  return null;
}

/** The folders of a group and of the groups that it is in, the innermost first, up to the mount point. */
function foldersFrom(group: string, { mountPoint, mountRoot }: Hierarchy): string[] {
  // In a container, the mount point may stand for the container's group, while the group is named as the host sees it.
  const prefix = mountRoot === '/' ? '' : mountRoot;
  const isBelow = group === prefix || group.startsWith(`${prefix}/`);
  const names = isBelow ? group.slice(prefix.length).split('/').filter(Boolean) : [];
  // The group of a process that was moved out of its namespace starts with `..`, and is not visible.
  const visible = names.includes('..') ? [] : names;
  return Array.from({ length: visible.length + 1 }, (_, i) =>
    join(mountPoint, ...visible.slice(0, visible.length - i)),
  );
}

/** Reads the quota of one group. */
function quotaIn(folder: string, version: 1 | 2): number {
  // `max 100000` and -1 mean that there is no quota.
  const [quota, period] =
    version === 2
      ? (readText(join(folder, 'cpu.max')) ?? '').trim().split(' ')
      : ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((file) => readText(join(folder, file))?.trim());
  const processors = Number(quota) / Number(period);
  return processors > 0 ? processors : Infinity;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
