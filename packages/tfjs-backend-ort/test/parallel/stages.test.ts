import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnnxGraph, OnnxNode, OnnxValueInfo } from '../../src/onnx/model.js';
import { divide, mayReplace, PARTS, type Stage } from '../../src/plan/parallel/stages.js';

const info = (name: string): OnnxValueInfo => ({ name, type: 'float32', dims: [1] });
const resultOf = (name: string) => ({ info: info(name), bytes: 1000 });
const node = (op: string, inputs: readonly string[], output: string): OnnxNode => ({
  op,
  domain: '',
  inputs,
  outputs: [output],
  attributes: {},
});
const graphOf = (nodes: OnnxNode[], inputs: string[], outputs: string[]): OnnxGraph => ({
  nodes,
  initializers: [],
  inputs: inputs.map(info),
  outputs: outputs.map(info),
});

type Values = Map<string, string>;

/** Computes nodes on texts: a result is the text of the formula behind it. */
function compute(nodes: readonly OnnxNode[], values: Values): void {
  for (const { op, inputs, outputs } of nodes) {
    const read = inputs.map((name) => {
      expect(values.has(name), `${name} is there where it is read`).toBe(true);
      return values.get(name)!;
    });
    values.set(outputs[0]!, op === 'Reshape' ? read[0]! : `${op}(${read.join()})`);
  }
}

/** Computes the pieces stage by stage. Each sees its inputs only, and leaves its outputs. */
function computeStages(stages: readonly Stage[], given: Values): Values {
  const values = new Map(given);
  for (const { serial, parts } of stages) {
    for (const pieces of [serial === null ? [] : [serial], parts]) {
      const made = pieces.map((piece) => {
        const own: Values = new Map(piece.inputs.map(({ name }) => [name, values.get(name)!]));
        for (const [name, value] of own) expect(value, `${name} exists before its stage`).toBeDefined();
        compute(piece.nodes, own);
        return piece.outputs.map(({ name }) => [name, own.get(name)!] as const);
      });
      // Only now: a part does not see what the other one makes at the same time.
      for (const [name, value] of made.flat()) values.set(name, value);
    }
  }
  return values;
}

/** Two parts of ten nodes each, from an input and a shared weight; then their sum, which updates the weight. */
function trainingStep(weight: string, tag: string): OnnxNode[] {
  const part = (p: number) => [
    node('Mul', [`x${p}`, `${tag}blocked`], `${tag}a${p}.0`),
    ...Array.from({ length: 10 }, (_, i) => node('Exp', [`${tag}a${p}.${i}`], `${tag}a${p}.${i + 1}`)),
  ];
  return [
    node('Transpose', [weight], `${tag}blocked`),
    ...part(0),
    ...part(1),
    node('Add', [`${tag}a0.10`, `${tag}a1.10`], `${tag}sum`),
    node('Sub', [weight, `${tag}sum`], `${tag}updated`),
  ];
}
const PART_OF = new Map([
  ['x0', 0],
  ['x1', 1],
]);

describe('a graph of two parts of a batch', () => {
  it('is divided into the parts, and what needs both', () => {
    const graph = graphOf(trainingStep('w', ''), ['x0', 'x1', 'w'], ['updated']);
    const stages = divide(graph, PART_OF, resultOf)!;
    expect(stages.map(({ serial, parts }) => [serial?.nodes.length ?? 0, ...parts.map((p) => p.nodes.length)])).toEqual(
      // Each part transposes the weight for itself.
      [[0, 12, 12], [2]],
    );
  });

  it('has a stage for each sum', () => {
    const nodes = [...trainingStep('w', 'first '), ...trainingStep('first updated', 'second ')];
    const graph = graphOf(nodes, ['x0', 'x1', 'w'], ['first updated', 'second updated']);
    expect(divide(graph, PART_OF, resultOf)).toHaveLength(3);
  });

  it('computes what only a later stage needs in that stage', () => {
    const forward = Array.from({ length: 10 }, (_, i) =>
      [0, 1].map((p) => node('Tanh', [i ? `f${p}.${i - 1}` : `x${p}`], `f${p}.${i}`)),
    );
    const use = [0, 1].map((p) => node('Mul', [`f${p}.9`, 'updated'], `g${p}`));
    const nodes = [...forward.flat(), ...trainingStep('w', ''), ...use, node('Add', ['g0', 'g1'], 'last')];
    const stages = divide(graphOf(nodes, ['x0', 'x1', 'w'], ['updated', 'last']), PART_OF, resultOf)!;
    const passed = stages[1]!.parts[0]!.inputs.map(({ name }) => name);
    expect(passed).toEqual(['x0', 'updated']);
  });

  it('leaves what one part computes alone to no part', () => {
    const nodes = [...trainingStep('w', ''), node('Neg', ['x1'], 'rate'), node('Mul', ['updated', 'rate'], 'average')];
    const stages = divide(graphOf(nodes, ['x0', 'x1', 'w'], ['updated', 'average']), PART_OF, resultOf)!;
    expect(stages.map(({ parts }) => parts.length)).toEqual([2, 0]);
  });

  it('may write an update over its weight, unless a later part reads that', () => {
    const once = trainingStep('w', '');
    const stages = (nodes: OnnxNode[], outputs: string[]) =>
      divide(graphOf(nodes, ['x0', 'x1', 'w'], outputs), PART_OF, resultOf)!;
    expect(mayReplace(stages(once, ['updated']), 'updated', 'w')).toBe(true);
    // The second step reads the old weight: each part transposes it again.
    const again = trainingStep('w', 'again ').map((each) => ({
      ...each,
      inputs: each.op === 'Mul' ? [...each.inputs, 'sum'] : each.inputs,
    }));
    expect(mayReplace(stages([...once, ...again], ['updated', 'again updated']), 'updated', 'w')).toBe(false);
  });

  it.each([
    [
      'which are small beside the rest',
      Array.from({ length: 60 }, (_, i) => node('Exp', [i ? `e${i - 1}` : 'w'], `e${i}`)),
      'e59',
    ],
    ['without inputs that belong to one', [], 'updated'],
  ])('is left whole %s', (what, further, output) => {
    const graph = graphOf([...trainingStep('w', ''), ...further], ['x0', 'x1', 'w'], ['updated', output]);
    expect(divide(graph, what.startsWith('without') ? new Map() : PART_OF, resultOf)).toBeNull();
  });

  it('has the same results, however its nodes depend on each other', () => {
    const OPS = ['Add', 'Mul', 'Reshape', 'Exp'];
    const nodesOf = fc.array(
      fc.record({ op: fc.constantFrom(...OPS), reads: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }) }),
      {
        minLength: 1,
        maxLength: 60,
      },
    );
    let divided = 0;
    fc.assert(
      fc.property(nodesOf, fc.array(fc.nat(), { maxLength: 5 }), (drawn, leaving) => {
        const names = ['x0', 'x1', 'w', 'v'];
        const nodes = drawn.map(({ op, reads }, i) => {
          const inputs = reads.slice(0, op === 'Reshape' || op === 'Exp' ? 1 : 3).map((k) => names[k % names.length]!);
          names.push(`n${i}`);
          return node(op, inputs, `n${i}`);
        });
        const outputs = [...new Set([nodes.at(-1)!, ...leaving.map((k) => nodes[k % nodes.length]!)])].map(
          (n) => n.outputs[0]!,
        );
        const given: Values = new Map(['x0', 'x1', 'w', 'v'].map((name) => [name, name]));
        const stages = divide(graphOf(nodes, [...given.keys()], outputs), PART_OF, resultOf);
        if (stages === null) return;
        divided++;
        for (const { parts } of stages) expect([0, PARTS]).toContain(parts.length);
        const whole = new Map(given);
        compute(nodes, whole);
        const values = computeStages(stages, given);
        for (const name of outputs) expect(values.get(name)).toBe(whole.get(name));
      }),
      { numRuns: 2000 },
    );
    expect(divided).toBeGreaterThan(20);
  });
});
