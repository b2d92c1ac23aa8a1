import { type OnnxNode, STANDARD, writeModel } from '../onnx/model.js';
import type { Program } from './program.js';

/** The size limit of a protobuf message, minus an upper bound for the structure of a graph. */
const MAX_WEIGHT_BYTES = 2 ** 31 - 2 ** 26;

/**
 * Serializes a program with the user's names.
 *
 * @param inputNames names of the inputs, in order
 * @param metadata strings for the file's metadata, by name
 * @throws Error if an input and an output have the same name, or the weights do not fit into a file
 */
export function writeProgram(
  program: Program,
  inputNames: readonly string[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const outputNames = program.outputs.map(({ name }) => name);
  const twice = outputNames.find((name) => inputNames.includes(name));
  if (twice !== undefined)
    throw new Error(`An input and an output of the exported function are both named '${twice}'.`);
  checkFileSize([...program.constants.values()].reduce((sum, { data }) => sum + data.length, 0));
  const names = fileNames(program, inputNames);
  const rename = (name: string) => (name === '' ? '' : names.get(name)!);
  const nodes = program.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: attributesOf(node, program),
    // Without the shapes, because they belong to one trace.
    label: node.label?.replace(/\[.*$/, ''),
  }));
  return writeModel(
    {
      nodes,
      initializers: [...program.constants.values()].map((constant) => ({ ...constant, name: rename(constant.name) })),
      inputs: program.inputs.map((input, i) => ({ ...input, name: inputNames[i]! })),
      outputs: program.outputs,
    },
    STANDARD,
    metadata,
  );
}

/** @throws Error if weights of this size do not fit into one ONNX file */
export function checkFileSize(bytes: number): void {
  if (bytes <= MAX_WEIGHT_BYTES) return;
  throw new Error(
    `The exported function's weights take ${(bytes / 2 ** 30).toFixed(2)} GiB, but an ONNX file that contains its weights ` +
      'must be smaller than 2 GiB. Export the function in several parts.',
  );
}

/** The names in the file: the user's for inputs and outputs, and generated names that do not collide with them. */
function fileNames({ nodes, constants, inputs, outputs }: Program, inputNames: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  inputs.forEach(({ name }, i) => names.set(name, inputNames[i]!));
  outputs.forEach(({ name, value }) => names.set(value, name));
  const taken = new Set(names.values());
  const add = (name: string, prefix: string) => {
    if (names.has(name)) return;
    let unique = `${prefix}${names.size}`;
    while (taken.has(unique)) unique = `_${unique}`;
    names.set(name, unique);
  };
  for (const name of constants.keys()) add(name, 'constant');
  for (const node of nodes) for (const name of node.outputs) add(name, 'value');
  return names;
}

/** Removes Reshape's `allowzero` if no length is 0, because some readers do not support it. */
function attributesOf({ op, inputs, attributes }: OnnxNode, { constants }: Program): OnnxNode['attributes'] {
  if (op !== 'Reshape') return attributes;
  const shape = constants.get(inputs[1]!);
  const dims = shape && [...new BigInt64Array(shape.data.slice().buffer)];
  return dims?.includes(0n) ? attributes : {};
}
