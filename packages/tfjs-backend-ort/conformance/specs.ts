/**
 * Comes last in the bundle: runs the tests and sends their results to the parent process.
 * Arguments: `--part K/N` (every N-th group of tests from the K-th on), `--filter TEXT`, `--no-fallback`.
 */
import { backends } from './setup.js';
import type { Message } from './report.js';

interface Spec {
  id: string;
  getFullName(): string;
}
interface Result {
  id: string;
  fullName: string;
  status: 'passed' | 'failed' | 'excluded' | 'pending';
  failedExpectations: { message: string }[];
}
interface JasmineEnv {
  configure(options: { random: boolean; specFilter: (spec: Spec) => boolean }): void;
  clearReporters(): void;
  addReporter(reporter: { specDone(result: Result): void; suiteDone(result: Result): void }): void;
  execute(): Promise<unknown>;
}

const valueOf = (option: string) => {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
};
const text = valueOf('--filter') ?? '';
const [part, parts] = (valueOf('--part') ?? '0/1').split('/').map(Number) as [number, number];
const send = (message: Message) => process.send!(message);

/** jasmine_util.js ends the name of each describe with the name and flags of the environment. */
const ENVIRONMENT = ' ort {}';
const names = new Map<string, string>();
const repeated = new Map<string, number>();
const groups = new Map<string, number>();

function nameOf(spec: Spec): string {
  const known = names.get(spec.id);
  if (known) return known;
  const name = spec.getFullName().replace(ENVIRONMENT, '');
  const count = (repeated.get(name) ?? 0) + 1;
  repeated.set(name, count);
  const unique = count === 1 ? name : `${name} (${count})`;
  names.set(spec.id, unique);
  return unique;
}

/** Whether a test belongs to this process. Tests of one describe share a backend and stay together. */
function belongs(spec: Spec): boolean {
  const [describe] = spec.getFullName().split(ENVIRONMENT) as [string];
  if (!groups.has(describe)) groups.set(describe, groups.size);
  return groups.get(describe)! % parts === part;
}

const { jasmine } = globalThis as unknown as { jasmine: { DEFAULT_TIMEOUT_INTERVAL: number; getEnv(): JasmineEnv } };
// A slow or paused machine must not fail a test.
jasmine.DEFAULT_TIMEOUT_INTERVAL = 600_000;
const env = jasmine.getEnv();
env.configure({
  random: false,
  specFilter: (spec) => {
    const name = nameOf(spec);
    return belongs(spec) && name.includes(text);
  },
});

env.clearReporters();
const report = (name: string, { status, failedExpectations }: Result) =>
  send({
    kind: 'spec',
    result: { name, passed: status === 'passed', messages: failedExpectations.map(({ message }) => message) },
  });
env.addReporter({
  specDone: (result) => {
    if (result.status !== 'excluded') report(names.get(result.id)!, result);
  },
  // A failure outside of a test, in a beforeAll or afterAll.
  suiteDone: (result) => {
    if (result.failedExpectations.length > 0) report(`${result.fullName} (set-up)`, { ...result, status: 'failed' });
  },
});

void env.execute().then(() => {
  const fallbacks: Record<string, number> = {};
  for (const backend of backends) {
    for (const [kernel, count] of Object.entries(backend.counters().fallbacks)) {
      fallbacks[kernel] = (fallbacks[kernel] ?? 0) + count;
    }
  }
  send({ kind: 'end', fallbacks });
  process.disconnect();
});
