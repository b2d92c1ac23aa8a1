import type * as tf from '@tensorflow/tfjs-core';
import type { OnnxTensor } from '@onestep/backends/onnx';
import { hasClasses, type Labeled, type LabelKind } from '@onestep/diffusion-core';

/** A network as an ONNX file: the function that is exported, and what its inputs are. */
export interface ExportedNetwork {
  /** Computes the output from the inputs, in the order of {@link ExportedNetwork.inputs}. */
  compute(...inputs: tf.Tensor[]): Record<string, tf.Tensor>;
  inputs: Readonly<Record<string, { shape: readonly number[]; about: string }>>;
  output: { name: string; about: string };
  /** Strings for the file's metadata, besides those about inputs and outputs. */
  metadata: Readonly<Record<string, string>>;
  /** Inputs of `n` images to try the file with. */
  example(n: number): Record<string, OnnxTensor>;
}

/** What a file says about its network besides its inputs and outputs. */
export interface OnnxDescription {
  /** Metadata of the network's own file; kept. */
  metadata?: Readonly<Record<string, string>>;
  /** Names of the classes in label order. */
  classNames?: readonly string[] | null;
}

/** The metadata entries that every exported network has. */
export function describeNetwork(
  kind: 'generator' | 'denoiser',
  { metadata = {}, classNames }: OnnxDescription,
): Record<string, string> {
  const names = classNames ?? undefined;
  return { ...metadata, kind, ...(names !== undefined && names.length > 0 && { class_names: JSON.stringify(names) }) };
}

/** The input for labels; none for an unconditional network. */
export function labelInput(network: Labeled): ExportedNetwork['inputs'] {
  const { labelDim, labels } = network;
  if (labelDim === 0) return {};
  const kind = hasClasses(network) ? 'classes' : labels!.kind;
  return { labels: { shape: [1, labelDim], about: `float32 [batch, ${labelDim}]: ${LABELS[kind]}` } };
}

/** What the rows of labels are, by their kind. */
const LABELS: Readonly<Record<LabelKind, string>> = {
  classes: 'one-hot labels of the classes; all zeros for no class',
  vectors: 'label vectors',
  captions: 'captions as label vectors, by the encoder that the metadata state; all zeros for no caption',
};

/** Labels of `n` images: the classes in order. */
export function exampleLabels(labelDim: number, n: number): Record<string, OnnxTensor> {
  if (labelDim === 0) return {};
  const data = new Float32Array(n * labelDim);
  for (let i = 0; i < n; i++) data[i * labelDim + (i % labelDim)] = 1;
  return { labels: { shape: [n, labelDim], data } };
}
