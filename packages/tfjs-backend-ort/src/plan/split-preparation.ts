import type { OnnxGraph, OnnxNode, OnnxValueInfo } from '../onnx/model.js';
import { VIEWS } from './peak-memory.js';

/** A graph in two parts. */
export interface Split {
  /** What depends on the constant inputs alone. Its outputs are inputs of `rest`. */
  preparation: OnnxGraph;
  rest: OnnxGraph;
  /** Bytes of the outputs of `preparation`. */
  bytes: number;
}

/** What the split needs to know of a result: its type and its size. */
export type ResultOf = (name: string) => { info: OnnxValueInfo; bytes: number };

/** The share of a graph's results that a preparation has to compute at least: below, a split saves nothing to speak of. */
const LEAST_SHARE = 0.05;

/**
 * Splits a graph into what depends on some inputs alone, such as the transposed and blocked weights of a network, and the
 * rest. With the same inputs the first part has the same results, so that it needs to run only once.
 *
 * @param constant names of the inputs that rarely change
 * @returns null if the first part would be a small share of the graph
 */
export function splitPreparation(graph: OnnxGraph, constant: ReadonlySet<string>, resultOf: ResultOf): Split | null {
  const isResult = new Set(graph.outputs.map(({ name }) => name));
  const fixed = new Set([...constant, ...graph.initializers.map(({ name }) => name), '']);
  const isPrepared = ({ inputs, outputs }: OnnxNode) =>
    inputs.every((name) => fixed.has(name)) &&
    outputs.every((name) => !isResult.has(name) && resultOf(name).info.type === 'float32');
  const prepared: OnnxNode[] = [];
  const left: OnnxNode[] = [];
  for (const node of graph.nodes) {
    (isPrepared(node) ? prepared : left).push(node);
    if (prepared.at(-1) === node) for (const name of node.outputs) fixed.add(name);
  }
  // A view costs nothing, and its result would be a copy.
  const read = new Set(left.flatMap(({ inputs }) => inputs));
  const views = prepared.filter(({ op }) => VIEWS.includes(op)).reverse();
  const repeated: OnnxNode[] = [];
  for (const view of views) {
    if (!view.outputs.some((name) => read.has(name))) continue;
    repeated.unshift(view);
    for (const name of view.inputs) read.add(name);
  }
  const kept = new Set(repeated.flatMap(({ outputs }) => outputs));
  const frontier = prepared.flatMap(({ outputs }) => outputs).filter((name) => read.has(name) && !kept.has(name));
  if (shareOf(prepared, graph.nodes, resultOf) < LEAST_SHARE || frontier.length === 0) return null;
  const outputs = frontier.map((name) => resultOf(name).info);
  const rest = [...repeated, ...left];
  return {
    preparation: part(graph, neededFor(prepared, frontier), graph.inputs, outputs),
    rest: part(graph, rest, [...graph.inputs, ...outputs], graph.outputs),
    bytes: frontier.reduce((sum, name) => sum + resultOf(name).bytes, 0),
  };
}

function shareOf(some: readonly OnnxNode[], all: readonly OnnxNode[], resultOf: ResultOf): number {
  const bytes = (nodes: readonly OnnxNode[]) =>
    nodes
      .filter(({ op }) => !VIEWS.includes(op))
      .flatMap(({ outputs }) => outputs)
      .reduce((sum, name) => sum + resultOf(name).bytes, 0);
  return bytes(some) / bytes(all);
}

/** The nodes that some results depend on. */
export function neededFor(nodes: readonly OnnxNode[], results: readonly string[]): OnnxNode[] {
  const needed = new Set(results);
  const isNeeded = (node: OnnxNode) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  };
  return [...nodes].reverse().filter(isNeeded).reverse();
}

/** A graph of some of the nodes, with the inputs and constants that these read. */
function part(
  { initializers }: OnnxGraph,
  nodes: readonly OnnxNode[],
  inputs: readonly OnnxValueInfo[],
  outputs: readonly OnnxValueInfo[],
): OnnxGraph {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const isRead = ({ name }: { name: string }) => read.has(name);
  return { nodes, initializers: initializers.filter(isRead), inputs: inputs.filter(isRead), outputs };
}
