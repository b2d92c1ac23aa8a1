import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BRIDGE = 'onestep-br';
const HOSTS = [1, 2].map((i) => ({ name: `onestep-node${i}`, link: `onestep-v${i}`, address: `10.78.0.${i}` }));

/** A limit of a link between two hosts. */
export interface Link {
  /** Rate of each host's link, as `tc` writes it: `1gbit`. */
  rate?: string;
  /** Delay of each packet on a host's way out: `0.1ms`; there and back it counts twice. */
  delay?: string;
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/**
 * Two hosts on this machine: network namespaces on a bridge of their own. Needs root.
 *
 * @returns arguments of Open MPI's mpirun for one process on each, and a function that removes the hosts
 */
export function makeHosts(link: Link): { args: string[]; remove: () => void } {
  remove();
  ip('link', 'add', BRIDGE, 'type', 'bridge');
  ip('addr', 'add', '10.78.0.254/24', 'dev', BRIDGE);
  ip('link', 'set', BRIDGE, 'up');
  for (const { name, link: outer, address } of HOSTS) {
    ip('netns', 'add', name);
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('link', 'set', outer, 'master', BRIDGE, 'up');
    ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'route', 'add', 'default', 'via', '10.78.0.254');
    const limits = [
      ...(link.delay === undefined ? [] : ['delay', link.delay]),
      ...(link.rate === undefined ? [] : ['rate', link.rate]),
    ];
    if (limits.length === 0) continue;
    const queue = ['qdisc', 'add', 'dev', 'eth0', 'root', 'netem', ...limits, 'limit', '100000'];
    execFileSync('ip', ['netns', 'exec', name, 'tc', ...queue], { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  const network = '10.78.0.0/24';
  const args = [
    ...['--mca', 'plm_rsh_agent', writeAgent(), '--mca', 'btl', 'tcp,self'],
    ...['--mca', 'btl_tcp_if_include', network, '--mca', 'oob_tcp_if_include', network],
    ...['--host', HOSTS.map(({ address }) => `${address}:1`).join(',')],
  ];
  return { args, remove };
}

/** The program that mpirun takes for ssh: it enters a namespace. */
function writeAgent(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'onestep-hosts-')), 'enter.sh');
  const cases = HOSTS.map(({ name, address }) => `${address}) name=${name};;`).join(' ');
  const script = [
    '#!/bin/bash',
    'while [[ $1 == -* ]]; do shift; done',
    'address=$1; shift',
    `case $address in ${cases} esac`,
    'exec ip netns exec "$name" bash -c "$*"',
  ];
  writeFileSync(path, `${script.join('\n')}\n`);
  chmodSync(path, 0o755);
  return path;
}

function remove(): void {
  for (const args of [...HOSTS.map(({ name }) => ['netns', 'del', name]), ['link', 'del', BRIDGE]]) {
    try {
      ip(...args);
    } catch {
      // It is not there.
    }
  }
}
