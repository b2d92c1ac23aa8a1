/**
 * Shows where ONNX Runtime's time goes in one of the works of compare.ts: its nodes by kind and by the operation that needs them, next to
 * the time between nodes and outside of ONNX Runtime.
 *
 *   npm run source -- benchmarks/train-step/profile.ts [--size mc32-b2] [--mode train] [--batch 2] [--steps 20] [--nodes 15] [--threads 1]
 *
 * `--batch` replaces the size's; `--nodes` also lists single nodes with most time. A profile adds about 3 microseconds to each node.
 * With two threads a training step is computed in halves: of them, it shows the one of the program's own thread.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configure, type OrtBackend } from '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { table } from '../markdown.js';
import { chooseNames } from '../torch-peers.js';
import { createNetwork } from './network.js';
import { DISTILLATION, MODES, SIZES } from './settings.js';
import { createWork } from './work.js';

/** An event of ONNX Runtime's profile. */
interface ProfileEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args?: { op_name?: string; output_type_shape?: Record<string, number[]>[] };
}

/** Steps before those that count: the first ones compile. */
const WARM_UP = 3;

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'mc32-b2' },
    mode: { type: 'string', default: 'train' },
    batch: { type: 'string' },
    steps: { type: 'string', default: '20' },
    nodes: { type: 'string', default: '0' },
    threads: { type: 'string', default: '1' },
  },
});
const [name] = chooseNames('size', options.size, Object.keys(SIZES)) as [string];
const [mode] = chooseNames('mode', options.mode, MODES) as [(typeof MODES)[number]];
const steps = Number(options.steps);
const size = { ...SIZES[name]!, ...(options.batch !== undefined && { batch: Number(options.batch) }) };

const folder = mkdtempSync(join(tmpdir(), 'onestep-profile-'));
try {
  configure({ profile: join(folder, 'plan'), threads: Number(options.threads) });
  await tf.setBackend('ort');
  await tf.ready();
  const settings = { ...size, mode, threads: Number(options.threads), exchange: '', distillation: DISTILLATION };
  const work = createWork(createNetwork(size.network), settings);
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + steps; i++) {
    const start = performance.now();
    await work.run();
    times.push(performance.now() - start);
  }
  (tf.backend() as OrtBackend).endProfiling();
  report(Math.min(...times.slice(WARM_UP)), readEvents(folder));
} finally {
  rmSync(folder, { recursive: true });
}

/** The events of the graph that ran most often: that of a step. */
function readEvents(from: string): ProfileEvent[] {
  const plans = readdirSync(from).map((file) => JSON.parse(readFileSync(join(from, file), 'utf8')) as ProfileEvent[]);
  return plans.reduce((most, events) => (runsOf(events).length > runsOf(most).length ? events : most));
}

function runsOf(events: readonly ProfileEvent[]): ProfileEvent[] {
  return events.filter(({ cat, name: event }) => cat === 'Session' && event === 'model_run');
}

/** A node, with the fastest of its runs: other work on the machine does not count in it. */
interface ProfiledNode {
  kind: string;
  /** The operation of tfjs that it was emitted for. */
  origin: string;
  name: string;
  us: number;
}

function report(stepMs: number, events: readonly ProfileEvent[]): void {
  const runs = runsOf(events);
  const nodes = new Map<string, ProfiledNode>();
  for (const { cat, name: event, dur, args } of events) {
    if (cat !== 'Node' || !event.endsWith('_kernel_time')) continue;
    const shape = Object.values(args?.output_type_shape?.[0] ?? {})[0]?.join('x') ?? '';
    const kind = args?.op_name ?? '?';
    const known = nodes.get(event);
    const us = Math.min(dur, known?.us ?? Infinity);
    const origin = /^\w*/.exec(event)![0];
    nodes.set(event, { kind, origin, name: `${kind} ${shape} ${event.replace('_kernel_time', '')}`, us });
  }
  const all = [...nodes.values()];
  const sum = (of: readonly ProfiledNode[]) => of.reduce((total, { us }) => total + us, 0) / 1000;
  const least = Math.min(...runs.map(({ dur }) => dur)) / 1000;
  console.log(
    `${name}, ${mode}, batch ${size.batch}: ${all.length} nodes, the fastest of ${runs.length} runs of each\n`,
  );
  const times = [stepMs, least, sum(all)].map((ms) => ms.toFixed(2));
  console.log(`ms of the fastest step ${times[0]}, of them ONNX Runtime ${times[1]}; sum of the nodes ${times[2]}\n`);
  const grouped = (head: string, key: (node: ProfiledNode) => string) => {
    const groups = [...new Set(all.map(key))].map((one) => all.filter((node) => key(node) === one));
    const rows = groups
      .sort((a, b) => sum(b) - sum(a))
      .map((of) => [
        key(of[0]!),
        String(of.length),
        sum(of).toFixed(2),
        `${((100 * sum(of)) / sum(all)).toFixed(1)} %`,
        ((1000 * sum(of)) / of.length).toFixed(1),
      ]);
    console.log(`${table([head, 'number', 'ms', 'share', 'us each'], rows)}\n`);
  };
  grouped('kind of node', ({ kind }) => kind);
  grouped('operation that needs it', ({ origin }) => origin);
  grouped('both', ({ origin, kind }) => `${origin}, ${kind}`);
  const most = [...all].sort((a, b) => b.us - a.us).slice(0, Number(options.nodes));
  if (most.length > 0)
    console.log(
      `\n${table(
        ['node', 'us'],
        most.map((node) => [node.name, node.us.toFixed(0)]),
      )}`,
    );
}
