import type { OnnxGraph } from '../../onnx/model.js';
import { hideShapes } from '../hide-shapes.js';
import type { NativeTensor } from '../../runtime/binding.js';
import { joinAlternatives } from './alternatives.js';
import { inOrder } from './in-order.js';
import type { Piece } from './stages.js';

/** Tensors by the name of their value in the whole graph. */
export type Tensors = Record<string, NativeTensor>;

/** A graph of which a run computes one piece. */
export interface Program {
  graph: OnnxGraph;
  pieces: readonly Piece[];
  /** Inputs of the graph that select a piece. */
  selectors: readonly string[];
  /** Names of its inputs whose value has another name in the whole graph, by that name. */
  given: ReadonlyMap<string, string>;
}

/** The programs for pieces of different stages, which one thread computes: one program for all of them, where possible. */
export function programsOf(pieces: readonly Piece[]): Program[] {
  const joined = pieces.length > 1 ? joinAlternatives(pieces.map(inOrder)) : null;
  if (joined !== null) return [{ ...joined, pieces }];
  return pieces.map((piece) => ({
    graph: hideShapes(inOrder(piece)),
    pieces: [piece],
    selectors: [],
    given: new Map(),
  }));
}

/** The name that the graph gives the output of a piece. */
export function resultName({ graph, pieces, selectors }: Program, piece: number, output: number): string {
  return selectors.length === 0 ? pieces[piece]!.outputs[output]!.name : graph.outputs[output]!.name;
}

/** The values that the pieces read, each once. */
export function inputsOf({ pieces }: Program): Piece['inputs'] {
  return [...new Map(pieces.flatMap(({ inputs }) => inputs).map((input) => [input.name, input])).values()];
}

/** What the selectors say to compute a piece. */
export function selection({ selectors }: Program, piece: number): [name: string, value: 0 | 1][] {
  return selectors.map((name, i) => [name, i === piece ? 1 : 0]);
}
