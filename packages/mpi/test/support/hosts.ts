import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Hosts made of network namespaces of this machine, on a network of their own. */
export interface Hosts {
  /** Options of Open MPI's mpirun that start a rank on each. */
  options: string[];
  /** Removes them. */
  remove(): void;
}

const NETWORK = '10.78.21';
const BRIDGE = 'onestep-br';
const NUMBERS = [1, 2];
const nameOf = (number: number) => `onestep${number}`;

/** Makes two hosts, `onestep1` and `onestep2`. @returns the reason if this machine does not allow it */
export function makeHosts(): Hosts | string {
  removeHosts();
  try {
    ip('link', 'add', BRIDGE, 'type', 'bridge');
    ip('addr', 'add', `${NETWORK}.254/24`, 'dev', BRIDGE);
    ip('link', 'set', BRIDGE, 'up');
    for (const number of NUMBERS) {
      const name = nameOf(number);
      ip('netns', 'add', name);
      ip('link', 'add', `${name}-br`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
      ip('link', 'set', `${name}-br`, 'master', BRIDGE, 'up');
      ip('-n', name, 'addr', 'add', `${NETWORK}.${number}/24`, 'dev', 'eth0');
      ip('-n', name, 'link', 'set', 'eth0', 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
      // Open MPI uses an interface only if it leads anywhere.
      ip('-n', name, 'route', 'add', 'default', 'via', `${NETWORK}.254`);
    }
  } catch (error) {
    removeHosts();
    return (error as Error).message;
  }
  const folder = mkdtempSync(join(tmpdir(), 'onestep-hosts-'));
  const agent = join(folder, 'agent.sh');
  writeFileSync(agent, AGENT);
  chmodSync(agent, 0o755);
  const network = `${NETWORK}.0/24`;
  const settings = {
    plm_rsh_agent: agent,
    btl: 'tcp,self',
    btl_tcp_if_include: network,
    oob_tcp_if_include: network,
  };
  return {
    options: [
      ...Object.entries(settings).flatMap(([name, value]) => ['--mca', name, value]),
      ...['--host', NUMBERS.map((number) => `${NETWORK}.${number}:1`).join()],
    ],
    remove() {
      removeHosts();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Stands for ssh: HOST COMMAND... runs in the namespace of an address. */
const AGENT = `#!/bin/bash
while [ "\${1#-}" != "$1" ]; do shift; done
name=onestep\${1##*.}
shift
exec ip netns exec "$name" unshare --uts bash -c "hostname $name; $*"
`;

function removeHosts(): void {
  for (const number of NUMBERS) spawnSync('ip', ['netns', 'del', nameOf(number)]);
  spawnSync('ip', ['link', 'del', BRIDGE]);
}

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
