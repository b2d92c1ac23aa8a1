import type { OnnxGraph, OnnxNode, OnnxValueInfo } from '../../onnx/model.js';
import { VIEWS } from '../peak-memory.js';
import { neededFor, type ResultOf } from '../split-preparation.js';
import { bytesOf, type Place, placeNodes } from './places.js';

/** Number of parts of a batch that are computed at the same time. */
export const PARTS = 2;

/** A piece of a graph. Its inputs and outputs are those of the whole graph, or results that pieces pass to each other. */
export type Piece = OnnxGraph;

/** Pieces in the order in which they run: first what belongs to no part, then the parts, at the same time. */
export interface Stage {
  serial: Piece | null;
  /** One for each part, or none. */
  parts: readonly Piece[];
}

/** The share of a graph's results that the parts have to compute at least. */
const LEAST_SHARE = 0.5;
/** Most that pieces pass to a part, as a share of what the part computes: it is copied. */
const MOST_PASSED = 0.1;

/**
 * Divides a graph into the computations of the parts of a batch, which are independent of each other, and the rest: the sum of
 * their gradients, the optimizer. Several sums in a row, as of methods that train two networks in turn, give several stages.
 *
 * What depends on weights alone and is needed by parts only, such as a transposed weight, is computed by each part.
 *
 * @param partOf the part of each input that belongs to one
 * @returns null if the parts would be a small share of the graph, or too much would pass between the pieces
 */
export function divide(graph: OnnxGraph, partOf: ReadonlyMap<string, number>, resultOf: ResultOf): Stage[] | null {
  const places = placeNodes(graph, partOf, resultOf);
  const repeated = findRepeated(graph, places);
  const last = Math.max(0, ...[...places.values()].map(({ stage }) => stage));
  const pieces: { stage: number; part: number | null; nodes: OnnxNode[] }[] = [];
  for (let stage = 0; stage <= last; stage++) {
    const at = (part: number | null) => (node: OnnxNode) => {
      const place = places.get(node)!;
      return place.stage === stage && place.part === part;
    };
    const isSerial = (node: OnnxNode) => at(null)(node) && repeated.get(node) !== 'instead';
    pieces.push({ stage, part: null, nodes: graph.nodes.filter(isSerial) });
    for (let part = 0; part < PARTS; part++) {
      const own = graph.nodes.filter(at(part));
      if (own.length > 0) pieces.push({ stage, part, nodes: withRepeated(graph, own, repeated) });
    }
  }
  const bounded = connect(graph, pieces, resultOf);
  if (bounded === null) return null;
  const stages = Array.from({ length: last + 1 }, (_, stage): Stage => {
    const own = bounded.filter((_, i) => pieces[i]!.stage === stage);
    const [serial, ...parts] = own;
    return { serial: serial!.nodes.length > 0 ? serial! : null, parts };
  });
  return isWorthwhile(graph, stages, resultOf) ? stages : null;
}

/** Nodes of no part that each part computes for itself: in addition, or instead if nothing else needs them. */
function findRepeated(graph: OnnxGraph, places: ReadonlyMap<OnnxNode, Place>): Map<OnnxNode, 'also' | 'instead'> {
  const readers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      const list = readers.get(name);
      if (list === undefined) readers.set(name, [node]);
      else list.push(node);
    }
  }
  const isResult = new Set(graph.outputs.map(({ name }) => name));
  const repeated = new Map<OnnxNode, 'also' | 'instead'>();
  for (const node of [...graph.nodes].reverse()) {
    if (places.get(node)!.part !== null) continue;
    const isForParts = (reader: OnnxNode) => places.get(reader)!.part !== null || repeated.has(reader);
    const isOnlyForParts = (reader: OnnxNode) =>
      places.get(reader)!.part !== null || repeated.get(reader) === 'instead';
    const all = node.outputs.flatMap((name) => readers.get(name) ?? []);
    if (!node.outputs.some((name) => isResult.has(name)) && all.length > 0 && all.every(isOnlyForParts)) {
      repeated.set(node, 'instead');
    } else if (VIEWS.includes(node.op) && all.some(isForParts)) {
      repeated.set(node, 'also');
    }
  }
  return repeated;
}

/** A part's nodes with those that it repeats, in the order of the graph. */
function withRepeated(
  graph: OnnxGraph,
  own: readonly OnnxNode[],
  repeated: ReadonlyMap<OnnxNode, 'also' | 'instead'>,
): OnnxNode[] {
  const chosen = new Set(own);
  const needed = new Set(own.flatMap(({ inputs }) => inputs));
  for (const node of [...graph.nodes].reverse()) {
    if (!repeated.has(node) || !node.outputs.some((name) => needed.has(name))) continue;
    chosen.add(node);
    for (const name of node.inputs) needed.add(name);
  }
  return graph.nodes.filter((node) => chosen.has(node));
}

/** Gives each piece its inputs and outputs. Null if something would pass that no buffer can hold. */
function connect(
  graph: OnnxGraph,
  pieces: readonly { nodes: readonly OnnxNode[] }[],
  resultOf: ResultOf,
): Piece[] | null {
  const made = pieces.map(({ nodes }) => new Set(nodes.flatMap(({ outputs }) => outputs)));
  const read = pieces.map(({ nodes }) => new Set(nodes.flatMap(({ inputs }) => inputs)));
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const inputs = new Map(graph.inputs.map((input) => [input.name, input]));
  const results = new Map(graph.outputs.map((output) => [output.name, output]));
  const infoOf = (name: string): OnnxValueInfo => inputs.get(name) ?? results.get(name) ?? resultOf(name).info;
  const passed = new Set<string>();
  for (const [i, names] of read.entries()) {
    for (const name of names) {
      if (name !== '' && !made[i]!.has(name) && !inputs.has(name) && !constants.has(name)) passed.add(name);
    }
  }
  if ([...passed].some((name) => !['float32', 'int32', 'bool'].includes(infoOf(name).type))) return null;
  // What several pieces make is taken from the first.
  const taken = new Set<string>();
  return pieces.map(({ nodes }, i): Piece => {
    const leaving = [...made[i]!].filter((name) => (passed.has(name) || results.has(name)) && !taken.has(name));
    for (const name of leaving) taken.add(name);
    const kept = neededFor(nodes, leaving);
    const reads = new Set(kept.flatMap((node) => node.inputs));
    const isOutside = (name: string) => name !== '' && !made[i]!.has(name) && !constants.has(name);
    return {
      nodes: kept,
      initializers: graph.initializers.filter(({ name }) => reads.has(name)),
      inputs: [...reads].filter(isOutside).map(infoOf),
      // The smallest first: the binding copies the first result (see runtime/library.ts).
      outputs: leaving.map(infoOf).sort((a, b) => bytesOf(a) - bytesOf(b)),
    };
  });
}

function isWorthwhile(graph: OnnxGraph, stages: readonly Stage[], resultOf: ResultOf): boolean {
  const isResult = new Set(graph.outputs.map(({ name }) => name));
  const computed = (nodes: readonly OnnxNode[]) =>
    nodes
      .filter(({ op }) => !VIEWS.includes(op))
      .flatMap(({ outputs }) => outputs)
      .reduce((sum, name) => sum + (isResult.has(name) ? 0 : resultOf(name).bytes), 0);
  const parts = stages.flatMap((stage) => stage.parts);
  const own = parts.map(({ nodes }) => computed(nodes));
  const passed = parts.map(({ inputs }) => inputs.reduce((sum, input) => sum + bytesOf(input), 0));
  return (
    own.reduce((a, b) => a + b, 0) >= LEAST_SHARE * computed(graph.nodes) &&
    own.every((bytes, i) => passed[i]! <= MOST_PASSED * bytes)
  );
}

/**
 * Whether a result may be written over an input. Pieces that repeat a node read an input later than the whole graph does.
 *
 * @param result name of an output of the whole graph, which may replace the input there
 */
export function mayReplace(stages: readonly Stage[], result: string, input: string): boolean {
  const pieces = stages.flatMap(({ serial, parts }) => [serial, ...parts]);
  const writer = pieces.findIndex((piece) => piece?.outputs.some(({ name }) => name === result));
  const reads = (piece: Piece | null) => piece?.inputs.some(({ name }) => name === input) === true;
  return pieces.findLastIndex(reads) <= writer;
}
