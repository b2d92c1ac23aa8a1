import { writeModel, type OnnxValueInfo } from '../../onnx/model.js';
import { nativeOptions, type SessionOptions, wrap } from '../../runtime/binding.js';
import type { Buffers, CompanionThread } from './companion-thread.js';
import { layOut, type Slot, viewOf } from './layout.js';
import { inputsOf, type Program, resultName, selection, type Tensors } from './program.js';

/** The outputs of a piece in the buffer of outputs, and their names in the whole graph. */
interface PieceOutputs {
  slots: readonly Slot[];
  names: readonly string[];
}

/** A program that the companion thread runs, on copies of its inputs. */
export class OtherProgram {
  private readonly id: number;
  /** By the names of the values. */
  private readonly inputs: ReadonlyMap<string, Slot>;
  /** By piece. */
  private readonly read: readonly (readonly string[])[];
  private readonly outputs: readonly PieceOutputs[];
  private readonly selections: readonly [string, 0 | 1][][];
  /** By piece, with the same inputs for all: the results of a piece stay while another one runs. */
  private readonly buffers: Buffers[];

  /** Begins to compile. */
  constructor(
    program: Program,
    options: SessionOptions,
    private readonly companion: CompanionThread,
  ) {
    const selectors = program.selectors.map((name): OnnxValueInfo => ({ name, type: 'bool', dims: [1] }));
    const read = inputsOf(program);
    const named = read.map((info) => ({ ...info, name: program.given.get(info.name) ?? info.name }));
    const inputs = layOut([...named, ...selectors]);
    this.inputs = new Map([...read, ...selectors].map(({ name }, i) => [name, inputs.slots[i]!]));
    this.read = program.pieces.map((piece) => piece.inputs.map(({ name }) => name));
    this.selections = program.pieces.map((_, i) => selection(program, i));
    const memory = new ArrayBuffer(inputs.bytes);
    this.buffers = [];
    this.outputs = program.pieces.map((piece, i): PieceOutputs => {
      const results = piece.outputs.map((info, k) => ({ ...info, name: resultName(program, i, k) }));
      const { slots, bytes } = layOut(results);
      this.buffers.push({ inputs: memory, outputs: new ArrayBuffer(bytes) });
      return { slots, names: piece.outputs.map(({ name }) => name) };
    });
    this.id = companion.load(writeModel(program.graph), nativeOptions({ ...options, profile: undefined }), {
      inputs: inputs.slots,
      outputs: this.outputs.map(({ slots }) => slots),
    });
  }

  /** Begins to run a piece. */
  begin(piece: number, values: Tensors): void {
    const { inputs } = this.buffers[piece]!;
    for (const name of this.read[piece]!) {
      viewOf(inputs, this.inputs.get(name)!).set(values[name]!.data as Float32Array);
    }
    for (const [name, value] of this.selections[piece]!) viewOf(inputs, this.inputs.get(name)!)[0] = value;
    this.companion.run(this.id, piece, this.buffers[piece]!);
  }

  /** Waits for the piece that was begun, and adds its results to the values. @throws Error if it failed */
  finish(piece: number, values: Tensors, fetches: Tensors): void {
    const { buffers, error } = this.companion.finish();
    for (const own of this.buffers) own.inputs = buffers.inputs;
    this.buffers[piece] = buffers;
    if (error !== undefined) throw new Error(error);
    const { slots, names } = this.outputs[piece]!;
    slots.forEach((slot, i) => {
      const data = viewOf(buffers.outputs, slot);
      const wanted = fetches[names[i]!];
      if (wanted) (wanted.data as Float32Array).set(data as Float32Array);
      values[names[i]!] = wanted ?? wrap(slot.type as 'float32', data, slot.dims);
    });
  }

  dispose(): void {
    this.companion.dispose(this.id);
  }
}
