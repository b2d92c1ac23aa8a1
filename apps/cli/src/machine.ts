import { cpus } from 'node:os';

/** The machine that figures were measured on: `2 x AMD EPYC, Node v22.0.0`. */
export function describeMachine(): string {
  const processors = cpus();
  return `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
}
