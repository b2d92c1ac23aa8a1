import { writeModel } from '../../onnx/model.js';
import { type NativeTensor, Session, type SessionOptions, wrap } from '../../runtime/binding.js';
import { allocated } from './layout.js';
import { inputsOf, type Program, resultName, selection, type Tensors } from './program.js';

/** A program that this thread runs. */
export class OwnProgram {
  private readonly session: Session;
  private readonly inputs: Program['pieces'][number]['inputs'];
  private readonly given: ReadonlyMap<string, string>;
  private readonly pieces: readonly { inputs: readonly string[]; outputs: Program['pieces'][number]['outputs'] }[];
  /** By piece, the names that the session gives its results. */
  private readonly results: readonly string[][];
  private readonly selections: readonly [string, NativeTensor][][];
  /** What inputs were in the last run, where a run passes the inputs of several pieces. */
  private readonly known: Tensors = {};
  /** Memory of results that pass to other pieces, kept from run to run. */
  private readonly passed: Tensors = {};

  constructor(program: Program, options: SessionOptions) {
    this.session = new Session(writeModel(program.graph), options);
    this.inputs = inputsOf(program);
    this.given = program.given;
    this.pieces = program.pieces.map(({ inputs, outputs }) => ({ inputs: inputs.map(({ name }) => name), outputs }));
    this.results = this.pieces.map(({ outputs }, i) => outputs.map((_, k) => resultName(program, i, k)));
    this.selections = this.pieces.map((_, i) =>
      selection(program, i).map(([name, value]) => [name, wrap('bool', Uint8Array.of(value), [1])]),
    );
  }

  /** Runs a piece with values by name, and adds its results to them. */
  run(piece: number, values: Tensors, fetches: Tensors): void {
    const feeds = Object.fromEntries(this.selections[piece]!);
    for (const info of this.inputs) {
      const value = values[info.name] ?? this.known[info.name] ?? allocated(info);
      feeds[this.given.get(info.name) ?? info.name] = value;
      if (this.pieces.length > 1) this.known[info.name] = value;
    }
    const results: Tensors = {};
    this.pieces[piece]!.outputs.forEach((info, i) => {
      const { name } = info;
      values[name] = fetches[name] ?? (this.passed[name] ??= allocated(info));
      results[this.results[piece]![i]!] = values[name];
    });
    this.session.run(feeds, results);
  }

  endProfiling(): void {
    this.session.endProfiling();
  }

  dispose(): void {
    this.session.dispose();
  }
}
