import { describe, expect, it } from 'vitest';
import type { OnnxNode } from '../src/onnx/model.js';
import { findInPlaceUpdates } from '../src/plan/in-place-updates.js';

const node = (op: string, inputs: string[], output: string): OnnxNode => ({
  op,
  domain: '',
  inputs,
  outputs: [output],
  attributes: {},
});

/** The update `new = p - step`, where the step comes from the gradient g. */
const update = [node('Mul', ['g', 'rate'], 'step'), node('Sub', ['p', 'step'], 'new')];
const replaces = (nodes: OnnxNode[], kept = ['new']) =>
  findInPlaceUpdates(nodes, new Map([['new', 'p']]), new Set(kept)).get('new') === 'p';

describe('a result may overwrite its input', () => {
  it.each<[string, boolean, OnnxNode[], string[]?]>([
    ['if nothing else reads that', true, update],
    ['if the other readers are needed for the result', true, [node('MatMul', ['x', 'p'], 'g'), ...update]],
    ['not if a reader may run later', false, [...update, node('Exp', ['p'], 'y')]],
    ['not if a reader is only listed before', false, [node('Exp', ['p'], 'y'), ...update]],
    ['not if a reader needs the result itself', false, [...update, node('Add', ['p', 'new'], 'y')]],
    ['not if a reader sees it under another shape', false, [node('Reshape', ['p', 's'], 'q'), node('Exp', ['q'], 'y'), ...update]],
    ['if what sees it under another shape is needed', true, [node('Reshape', ['p', 's'], 'q'), node('MatMul', ['x', 'q'], 'g'), ...update]],
    ['not if it leaves the graph under another shape', false, [node('Reshape', ['p', 's'], 'q'), ...update], ['new', 'q']],
    ['not if it leaves the graph twice removed', false, [node('Reshape', ['p', 's'], 'q'), node('Identity', ['q'], 'r'), ...update], ['new', 'r']],
    ['not if it leaves the graph itself', false, update, ['new', 'p']],
    ['not if the result does not leave the graph', false, update, ['step']],
  ])('%s', (_name, expected, nodes, kept) => expect(replaces(nodes, kept)).toBe(expected)); // prettier-ignore
});
