import type { OnnxNode } from '../../onnx/model.js';
import type { Piece } from './stages.js';

/**
 * A piece whose outputs are computed in the order of its nodes. ONNX Runtime begins with what the last node without readers needs.
 * Of the gradients of weights that would be the one of the first layer, and all others would be computed after the whole backward
 * pass, until which it keeps what they read.
 */
export function inOrder(piece: Piece): Piece {
  const leaving = new Set(piece.outputs.map(({ name }) => name));
  const made = piece.nodes.flatMap(({ outputs }) => outputs).filter((name) => leaving.has(name));
  const readers = made.reverse().map((name): OnnxNode => ({
    op: 'Shape',
    domain: '',
    inputs: [name],
    outputs: [`order of ${name}`],
    attributes: { start: 0, end: 0 },
  }));
  return { ...piece, nodes: [...piece.nodes, ...readers] };
}
