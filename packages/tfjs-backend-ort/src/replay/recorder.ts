import { engine, type NamedTensorMap, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { dataOf, fillOf, type NumericValue, Value } from '../ir/value.js';
import type { Storage } from '../memory/storage.js';
import type { PendingGraph } from '../plan/graph.js';
import type { Plan } from '../plan/plan.js';
import type { Draw, Recording, Source, Target } from './recording.js';

/** Observes a step while it is recorded, to find out what its graph reads and where its results go. */
export class Recorder {
  /** The step as a graph with its connections. Null while unknown, or if the step is not one graph. */
  recording: Recording | null = null;
  /** Why there is no recording. */
  reason = '';
  /** Values uploaded during the step. */
  readonly uploads = new Set<Value>();
  private readonly draws = new Map<Value, Draw>();
  private readonly inputs = new Map<Value, string>();
  private readonly variables = new Map<Value, Variable>();
  private results: NamedTensorMap | null = null;

  constructor(
    private readonly storage: Storage,
    inputs: ReadonlyMap<string, Tensor>,
  ) {
    for (const variable of registeredVariables()) this.variables.set(this.valueOf(variable), variable);
    for (const [name, tensor] of inputs) {
      const value = this.valueOf(tensor);
      if (this.inputs.has(value) || this.variables.has(value)) this.reason = `its input ${name} is also something else`;
      this.inputs.set(value, name);
    }
  }

  /** Marks an upload whose values are drawn again at every replay. */
  onRedrawn(value: Value, draw: Draw): void {
    this.draws.set(value, draw);
  }

  /** The step has returned. What it recorded is run next. */
  onReturned(results: NamedTensorMap): void {
    this.results = results;
  }

  /** A graph is about to run. */
  onRun(graph: PendingGraph, plan: Plan): void {
    if (!this.results) this.reason = 'it reads tensors, or is too long';
    if (this.reason !== '') return;
    const targets = this.targets(graph, this.results!);
    if (!targets) return;
    this.recording = {
      plan,
      sources: graph.leaves.map((leaf) => ({ ...this.source(leaf), fill: fillOf(leaf) })),
      targets,
    };
  }

  /** The step could not be computed as one graph. */
  onFailed(): void {
    this.recording = null;
    this.reason = 'something in it failed';
  }

  private source(leaf: NumericValue): Source {
    const name = this.inputs.get(leaf);
    if (name !== undefined) return { from: 'input', name };
    const variable = this.variables.get(leaf);
    if (variable) return { from: 'variable', variable };
    const draw = this.draws.get(leaf);
    if (draw) return { from: 'draw', draw };
    if (!this.uploads.has(leaf)) return { from: 'outside', value: leaf };
    const value = new Value(leaf.dtype, leaf.size, this.storage) as NumericValue;
    const data = dataOf(leaf);
    value.contents = data ? { kind: 'host', data: data.slice(), isPooled: false, feed: null } : leaf.contents;
    return { from: 'constant', value };
  }

  /** One target for each output of the graph. Null if anything else holds an output. */
  private targets(graph: PendingGraph, results: NamedTensorMap): Target[] | null {
    const targets = new Map<Value, Target>();
    let hasDuplicates = false;
    const add = (value: Value, target: Target) => {
      hasDuplicates ||= targets.has(value);
      targets.set(value, target);
    };
    const outputs = new Set<Value>(graph.outputs);
    for (const [name, tensor] of Object.entries(results)) {
      const value = this.valueOf(tensor);
      if (!outputs.has(value)) this.reason = `its result ${name} is not computed by it`;
      add(value, { to: 'result', name, dtype: value.dtype as NumericValue['dtype'], shape: tensor.shape });
    }
    for (const variable of registeredVariables()) {
      const value = this.valueOf(variable);
      if (outputs.has(value)) add(value, { to: 'variable', variable });
      else if (!this.variables.has(value)) this.reason = `it sets ${variable.name} to something it does not compute`;
    }
    if (hasDuplicates) this.reason = 'a tensor is a result twice, or a result and a variable';
    if (graph.outputs.some((output) => !targets.has(output) || output.refCount !== 1)) {
      this.reason ||= 'it keeps a tensor besides its results and variables';
    }
    return this.reason === '' ? graph.outputs.map((output) => targets.get(output)!) : null;
  }

  private valueOf({ dataId }: Tensor): Value {
    return this.storage.of(dataId);
  }
}

function registeredVariables(): Variable[] {
  return Object.values(engine().registeredVariables);
}
