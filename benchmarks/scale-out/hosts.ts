import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BRIDGE = 'onestep-br';
const HOSTS = [1, 2].map((i) => ({
  name: `onestep-node${i}`,
  link: `onestep-v${i}`,
  address: `10.78.0.${i}`,
  slow: { device: `onestep-t${i}`, address: `10.79.0.${i}` },
}));

/** A limit of a link between two hosts. */
export interface Link {
  /** Rate of each host's link, as `tc` writes it: `1gbit`. */
  rate?: string;
  /**
   * Seconds by which each packet is delayed on its way; there and back it counts twice. A program passes the packets on then
   * (delayed_link.py), at `bytes` a second.
   */
  delayed?: { seconds: number; bytes: number };
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
const inHost = (name: string, ...command: string[]) => ip('netns', 'exec', name, ...command);

/** Whether packets can be delayed here. */
export function canDelay(): boolean {
  return existsSync('/dev/net/tun') && spawnSync('python3', ['--version']).status === 0;
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
    if (link.rate !== undefined) {
      const queue = ['tbf', 'rate', link.rate, 'burst', '1mb', 'latency', '100ms'];
      inHost(name, 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', ...queue);
    }
  }
  const end = link.delayed === undefined ? remove : delayLink(link.delayed);
  const network = '10.78.0.0/24';
  const args = [
    ...['--mca', 'plm_rsh_agent', writeAgent(), '--mca', 'btl', 'tcp,self'],
    // The daemons of both hosts see the same cores: neither may bind to them, or share its map of them.
    ...['--bind-to', 'none', '--mca', 'rtc', '^hwloc'],
    ...['--mca', 'btl_tcp_if_include', link.delayed === undefined ? network : '10.79.0.0/24'],
    ...['--mca', 'oob_tcp_if_include', network],
    ...['--host', HOSTS.map(({ address }) => `${address}:1`).join(',')],
  ];
  return { args, remove: end };
}

/** Starts a second link between the hosts, which delays packets. @returns a function that removes it and the hosts */
function delayLink({ seconds, bytes }: { seconds: number; bytes: number }): () => void {
  const devices = HOSTS.map(({ slow }) => slow.device);
  const program = fileURLToPath(new URL('delayed_link.py', import.meta.url));
  const relay = spawn('python3', [program, ...devices, String(seconds), String(bytes)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const isThere = (name: string) => existsSync(`/sys/class/net/${name}`);
  for (let i = 0; i < 100 && !devices.every(isThere); i++) execFileSync('sleep', ['0.1']);
  for (const { name, slow } of HOSTS) {
    ip('link', 'set', slow.device, 'netns', name);
    ip('-n', name, 'addr', 'add', `${slow.address}/24`, 'dev', slow.device);
    // A program takes as long for a large packet as for a small one.
    ip('-n', name, 'link', 'set', slow.device, 'mtu', '9000', 'up');
  }
  return () => {
    relay.kill('SIGKILL');
    remove();
  };
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
