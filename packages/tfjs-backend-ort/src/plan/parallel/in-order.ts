import type { OnnxNode } from '../../onnx/model.js';
import type { Piece } from './stages.js';

/**
 * A piece whose outputs are computed in the order of its nodes. ONNX Runtime starts from the last node that nothing reads, and computes
 * everything it depends on first. In a backward pass that is the gradient of the first layer's weights: the whole backward pass would
 * run before any other gradient of weights, and everything those read would stay in memory until then.
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
