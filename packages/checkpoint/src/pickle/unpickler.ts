import { ByteReader } from '../bytes/byte-reader.js';
import type { ByteRange } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { CONTAINER_OPCODES } from './container-opcodes.js';
import type { InstructionBudget } from './instruction-budget.js';
import { LITERAL_OPCODES } from './literal-opcodes.js';
import { OBJECT_OPCODES } from './object-opcodes.js';
import type { PythonGlobal, PythonValue } from './python-values.js';

const HIGHEST_PROTOCOL = 5;
const PROTO = 0x80;
const STOP = 0x2e;

/** What an instruction does. */
export type Opcode = (machine: Unpickler) => void;

const OPCODES: ReadonlyMap<number, Opcode> = new Map(
  [LITERAL_OPCODES, CONTAINER_OPCODES, OBJECT_OPCODES].flatMap((table) =>
    Object.entries(table).map(([code, opcode]) => [Number(code), opcode]),
  ),
);

/** How a file's pickles are read. */
export interface PickleContext {
  /** The class or function of a name. @throws CheckpointError if files may not name it */
  findGlobal(name: string): PythonGlobal;
  /** The object that is stored outside the pickle under an identifier. */
  loadPersistent(id: PythonValue): PythonValue;
  readonly budget: InstructionBudget;
}

/**
 * The stack machine that pickles are programs for (protocols 0 to 5; the format: Python's `pickletools` module). Unlike
 * Python's it has no way to call anything but the few functions of its {@link PickleContext}, which only make data.
 */
export class Unpickler {
  readonly reader: ByteReader;
  readonly memo = new Map<number, PythonValue>();
  private stack: PythonValue[] = [];
  private readonly outerStacks: PythonValue[][] = [];

  constructor(
    range: ByteRange,
    readonly context: PickleContext,
  ) {
    this.reader = new ByteReader(range);
  }

  /** Reads one pickle; the next may follow where the reader then is. @throws CheckpointError */
  load(): PythonValue {
    this.stack = [];
    this.outerStacks.length = 0;
    this.memo.clear();
    for (;;) {
      this.context.budget.spend();
      const code = this.reader.uint8();
      if (code === STOP) return this.pop();
      if (code === PROTO) this.checkProtocol(this.reader.uint8());
      else this.execute(code);
    }
  }

  push(value: PythonValue): void {
    this.stack.push(value);
  }

  pop(): PythonValue {
    if (this.stack.length === 0) this.fail('it takes a value where none is');
    return this.stack.pop()!;
  }

  /** The value on top, which stays. */
  top(): PythonValue {
    if (this.stack.length === 0) this.fail('it uses a value where none is');
    return this.stack[this.stack.length - 1]!;
  }

  mark(): void {
    this.outerStacks.push(this.stack);
    this.stack = [];
  }

  /** Everything since the last mark. */
  popMark(): PythonValue[] {
    const items = this.stack;
    this.stack = this.outerStacks.pop() ?? this.fail('it goes back to a mark where none is');
    return items;
  }

  fail(what: string): never {
    throw new CheckpointError(this.reader.name, `not a valid pickle: ${what}`);
  }

  private execute(code: number): void {
    const opcode = OPCODES.get(code);
    if (opcode === undefined) {
      this.fail(`unknown instruction 0x${code.toString(16).padStart(2, '0')} at byte ${this.reader.position - 1}`);
    }
    opcode(this);
  }

  private checkProtocol(protocol: number): void {
    if (protocol > HIGHEST_PROTOCOL) this.fail(`protocol ${protocol}, and the highest is ${HIGHEST_PROTOCOL}`);
  }
}
