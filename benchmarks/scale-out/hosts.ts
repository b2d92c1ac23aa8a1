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

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
const inHost = (name: string, ...command: string[]) => ip('netns', 'exec', name, ...command);

/** Whether the kernel can delay packets. */
export function canDelay(): boolean {
  const name = 'onestep-probe';
  ip('netns', 'add', name);
  try {
    inHost(name, 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms');
    return true;
  } catch {
    return false;
  } finally {
    ip('netns', 'del', name);
  }
}

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
    // One queue in the other: a delay, then a rate.
    const queues = [
      ...(link.delay === undefined ? [] : [['netem', 'delay', link.delay, 'limit', '100000']]),
      ...(link.rate === undefined ? [] : [['tbf', 'rate', link.rate, 'burst', '1mb', 'latency', '100ms']]),
    ];
    queues.forEach((queue, i) => {
      const place = i === 0 ? ['root', 'handle', '1:'] : ['parent', '1:', 'handle', '2:'];
      inHost(name, 'tc', 'qdisc', 'add', 'dev', 'eth0', ...place, ...queue);
    });
  }
  const network = '10.78.0.0/24';
  const args = [
    ...['--mca', 'plm_rsh_agent', writeAgent(), '--mca', 'btl', 'tcp,self'],
    // The daemons of both hosts see the same cores: neither may bind to them, or share its map of them.
    ...['--bind-to', 'none', '--mca', 'rtc', '^hwloc'],
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
  // The kernel takes links away after a host has gone.
  for (let i = 0; i < 100 && /onestep-v/.test(ip('link', 'show')); i++) execFileSync('sleep', ['0.1']);
}
