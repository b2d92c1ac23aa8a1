import type { OnnxInitializer, OnnxNode } from '../onnx/model.js';

/**
 * The shapes that Reshape gives, to be declared as inputs of the graph too: an input may be fed, so that onnxruntime
 * cannot count on its value and does not know the shapes of what follows.
 *
 * Where it knows them, it plans before the first run which result will take the memory of which earlier one of equal
 * shape, and keeps that memory from the first to the last of them, however far they are apart: a forward pass of 64
 * channels took 1.8 times the memory. Where it does not, each result is freed after its last use, but none is computed
 * in the memory of an operand. A forward pass is as fast; a training step, which adds up many gradients, is a tenth
 * slower, and is better planned.
 */
export function openShapes(nodes: readonly OnnxNode[], initializers: readonly OnnxInitializer[]): OnnxInitializer[] {
  const shapes = new Set(nodes.filter(({ op }) => op === 'Reshape').map(({ inputs }) => inputs[1]!));
  return initializers.filter(({ name }) => shapes.has(name));
}
