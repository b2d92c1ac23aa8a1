import type { OnnxNode } from '../onnx/model.js';

/** Operators whose result shares the memory of their input. */
export const VIEWS: readonly string[] = ['Reshape', 'Identity'];

/**
 * Estimates the memory that onnxruntime keeps for a graph's intermediate results: the maximum that is alive at once when the
 * nodes run in the given order. The arena itself is not visible from outside.
 *
 * @param bytes sizes of the intermediate values; inputs and results of the graph are not in it
 */
export function estimatePeakBytes(nodes: readonly OnnxNode[], bytes: ReadonlyMap<string, number>): number {
  const buffer = new Map<string, string>();
  const bufferOf = (name: string) => buffer.get(name) ?? name;
  const lastUse = new Map<string, number>();
  nodes.forEach((node, i) => {
    if (VIEWS.includes(node.op)) buffer.set(node.outputs[0]!, bufferOf(node.inputs[0]!));
    for (const name of [...node.outputs, ...node.inputs]) lastUse.set(bufferOf(name), i);
  });
  const free: string[][] = nodes.map(() => []);
  for (const [name, i] of lastUse) free[i]!.push(name);
  let alive = 0;
  let peak = 0;
  nodes.forEach((node, i) => {
    for (const name of node.outputs) if (bufferOf(name) === name) alive += bytes.get(name) ?? 0;
    peak = Math.max(peak, alive);
    for (const name of free[i]!) alive -= bytes.get(name) ?? 0;
  });
  return peak;
}
