import type { OnnxGraph } from '../onnx/model.js';

/**
 * Hides the shapes of a graph from onnxruntime: the shape operand of every Reshape becomes an input whose default is the shape, and
 * whose length has no number.
 *
 * If onnxruntime knows the shapes, it plans before the first run which result reuses the memory of which earlier one of the
 * same shape, and keeps that memory allocated from the first to the last of them, however far apart they are. A forward pass
 * with 64 channels then takes 1.8 times the memory. If it does not know them, it frees each result after its last use, but
 * computes none in the memory of an operand. A forward pass is as fast. A training step, which adds up many gradients, is a
 * tenth slower and better left alone.
 *
 * The number of axes has to be hidden too. Otherwise onnxruntime compares each result with everything that was freed before,
 * and a graph of thousands of operators takes ten times as long to compile.
 */
export function hideShapes(graph: OnnxGraph): OnnxGraph {
  const shapes = new Set(graph.nodes.filter(({ op }) => op === 'Reshape').map(({ inputs }) => inputs[1]));
  const hidden = graph.initializers.filter(({ name }) => shapes.has(name));
  return { ...graph, inputs: [...graph.inputs, ...hidden.map(({ name, type }) => ({ name, type, dims: ['length'] }))] };
}
