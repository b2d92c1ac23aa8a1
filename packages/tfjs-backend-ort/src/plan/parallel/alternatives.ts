import type { OnnxGraph, OnnxInitializer, OnnxNode, OnnxValueInfo } from '../../onnx/model.js';
import { hideShapes } from '../hide-shapes.js';
import type { Piece } from './stages.js';

/** Pieces as one graph, of which a run computes one. */
export interface Alternatives {
  graph: OnnxGraph;
  /** Name of an input for each piece but the last, bool: whether it is the one to compute. */
  selectors: readonly string[];
  /** Names of the graph's results. A piece with n outputs computes the first n, in their order. */
  results: readonly string[];
  /** Names of the inputs of the graph whose value has another name in the pieces, by that name. */
  given: ReadonlyMap<string, string>;
}

/** What a piece has in place of the results that only others have. */
const NOTHING: OnnxInitializer = { name: 'nothing', type: 'float32', dims: [0], data: new Uint8Array(0) };

/**
 * Joins the pieces that one thread computes in different stages. A graph keeps the memory of its intermediate results, which the
 * pieces then share.
 *
 * @returns null if the pieces cannot be joined, because they have results of other types than float32
 */
export function joinAlternatives(pieces: readonly Piece[]): Alternatives | null {
  if (pieces.some(({ outputs }) => outputs.some(({ type }) => type !== 'float32'))) return null;
  const made = new Set(pieces.flatMap(({ nodes }) => nodes.flatMap(({ outputs }) => outputs)));
  const read = pieces.flatMap((piece) => piece.inputs.map(({ name }) => name));
  // Names of a graph must not be those of another value in a branch.
  const given = new Map(read.filter((name) => made.has(name)).map((name) => [name, `given ${name}`]));
  const hidden = pieces.map((piece) => hideShapes(renamed(piece, given)));
  const inputs = new Map<string, OnnxValueInfo>();
  const initializers = new Map<string, OnnxInitializer>();
  for (const piece of hidden) {
    for (const input of piece.inputs) inputs.set(input.name, input);
    for (const initializer of piece.initializers) initializers.set(initializer.name, initializer);
  }
  const count = Math.max(...pieces.map(({ outputs }) => outputs.length));
  const results = Array.from({ length: count }, (_, i) => `result ${i}`);
  const selectors = pieces.slice(1).map((_, i) => `selects ${i}`);
  const selecting = selectors.map((name): OnnxValueInfo => ({ name, type: 'bool', dims: [1] }));
  return {
    graph: {
      nodes: choose(hidden, selectors, results),
      initializers: [...initializers.values(), NOTHING],
      inputs: [...inputs.values(), ...selecting],
      outputs: results.map((name) => ({ name, type: 'float32', dims: [], isAnyShape: true })),
    },
    selectors,
    results,
    given,
  };
}

/** A piece that reads its inputs under other names. */
function renamed(piece: Piece, given: ReadonlyMap<string, string>): Piece {
  const own = new Set(piece.nodes.flatMap(({ outputs }) => outputs));
  const nameOf = (name: string) => (own.has(name) ? name : (given.get(name) ?? name));
  return {
    ...piece,
    inputs: piece.inputs.map((input) => ({ ...input, name: nameOf(input.name) })),
    nodes: piece.nodes.map((node) =>
      node.inputs.some((name) => nameOf(name) !== name) ? { ...node, inputs: node.inputs.map(nameOf) } : node,
    ),
  };
}

/** Nodes that compute the first piece whose selector is true, else the last piece. */
function choose(
  [first, ...others]: readonly OnnxGraph[],
  [selector, ...selectors]: readonly string[],
  results: readonly string[],
): OnnxNode[] {
  const rest = results.map((name) => `${name} of others`);
  const otherwise =
    others.length === 1 ? completed(others[0]!, results) : branch(choose(others, selectors, rest), rest);
  return [
    {
      op: 'If',
      domain: '',
      inputs: [selector!],
      outputs: results,
      attributes: { then_branch: { graph: completed(first!, results) }, else_branch: { graph: otherwise } },
    },
  ];
}

/** A piece as a branch with as many outputs as there are results. */
function completed({ nodes, outputs }: OnnxGraph, results: readonly string[]): OnnxGraph {
  const missing = results.slice(outputs.length).map((name) => `no ${name}`);
  const filling = missing.map((name): OnnxNode => ({
    op: 'Identity',
    domain: '',
    inputs: [NOTHING.name],
    outputs: [name],
    attributes: {},
  }));
  const further = missing.map((name): OnnxValueInfo => ({ name, type: 'float32', dims: [0] }));
  return { nodes: [...nodes, ...filling], initializers: [], inputs: [], outputs: [...outputs, ...further] };
}

function branch(nodes: OnnxNode[], names: readonly string[]): OnnxGraph {
  const outputs = names.map((name): OnnxValueInfo => ({ name, type: 'float32', dims: [], isAnyShape: true }));
  return { nodes, initializers: [], inputs: [], outputs };
}
