import { PreconditionedNetwork } from '@onestep/edm';
import type { Module } from '@onestep/nn';
import type { FixtureFile } from './check.js';
import { statedSettings } from './fixture-network.js';
import { withPrefix } from './fixture-tensors.js';

/** Whether a fixture leaves out the weights because they follow a formula. */
export function hasFormulaWeights({ metadata }: FixtureFile): boolean {
  return metadata.weights === 'formula';
}

/** Builds the network of a fixture with formula weights. Buffers that are not constants are read from the file. */
export function formulaNetwork({ metadata, tensors }: FixtureFile): PreconditionedNetwork {
  const network = new PreconditionedNetwork(statedSettings(metadata), null);
  setFormulaWeights(network);
  const leaves = network.namedLeaves();
  for (const [name, buffer] of Object.entries(withPrefix(tensors, 'buffer.'))) leaves.get(name)?.upload(buffer, name);
  return network;
}

/** 32-bit FNV-1a hash of a name's bytes. */
function fnv1a(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * Computes value(u_i) with u_i = s_i / 2^32, s_{-1} = FNV-1a(name) and s_i = 1664525 s_{i-1} + 1013904223 mod 2^32.
 *
 * @returns [size]
 */
export function formulaValues(name: string, size: number, value: (u: number) => number): Float32Array {
  const data = new Float32Array(size);
  let s = fnv1a(name);
  for (let i = 0; i < size; i++) {
    s = (Math.imul(1664525, s) + 1013904223) >>> 0;
    data[i] = value(s / 2 ** 32);
  }
  return data;
}

/**
 * Sets every parameter to the weights that the fixtures of full-size networks were made with: a function of the
 * parameter's name and the element's index ({@link formulaValues}). Only one tensor at a time is held in host memory.
 */
export function setFormulaWeights(network: Module): void {
  for (const [name, parameter] of network.namedParameters()) {
    const { fileShape } = parameter;
    const size = fileShape.reduce((a, b) => a * b, 1);
    const isMatrix = fileShape.length >= 2;
    const scale = isMatrix ? Math.sqrt(3 / (size / fileShape[0]!)) : name.endsWith('weight') ? 0.2 : 0.1;
    const offset = !isMatrix && name.endsWith('weight') ? 1 : 0;
    const data = formulaValues(name, size, (u) => offset + (2 * u - 1) * scale);
    parameter.upload({ shape: fileShape, data });
  }
}
