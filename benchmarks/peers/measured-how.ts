import type { Saved } from './write-tables.js';

/** Says with what, when, and by which commands results were measured. */
export function measuredHow(saved: readonly Saved[]): string {
  const one = (of: (result: Saved) => string) => [...new Set(saved.map(of))].join('; ');
  const date = one(({ date: at }) => new Date(at).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' }));
  const machine = one(({ machine: { processor, memory } }) => `${processor}, ${memory}`);
  const threads = one(({ machine: { threads } }) => String(threads ?? '')).replace(/^(\d.*)$/, ', $1 threads');
  const pytorch = one(({ machine: { pytorch } }) => String(pytorch ?? '')).replace(/; $/, '');
  const jax = one(({ machine: { jax } }) => String(jax ?? ''));
  const versions = one(({ machine }) => `Node ${machine.node}, onnxruntime-node ${machine['onnxruntime-node']}`);
  return `Measured on ${date}: ${machine}${threads}; ${versions}${[pytorch, jax].map((name) => (name === '' ? '' : `; ${name}`)).join('')}.`;
}
