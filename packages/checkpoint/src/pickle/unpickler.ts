import { ByteReader } from '../bytes/byte-reader.js';
import type { ByteRange } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { CONTAINER_OPCODES } from './container-opcodes.js';
import { LITERAL_OPCODES } from './literal-opcodes.js';
import { OBJECT_OPCODES } from './object-opcodes.js';
import type { PythonGlobal, PythonValue } from './python-values.js';

const HIGHEST_PROTOCOL = 5;
const PROTO = 0x80;
const STOP = 0x2e;

/** The effect of an instruction. */
export type Opcode = (machine: Unpickler) => void;

const OPCODES: ReadonlyMap<number, Opcode> = new Map(
  [LITERAL_OPCODES, CONTAINER_OPCODES, OBJECT_OPCODES].flatMap((table) =>
    Object.entries(table).map(([code, opcode]) => [Number(code), opcode]),
  ),
);

/** The names, objects and budget that a pickle's instructions may use. */
export interface PickleContext {
  /**
   * Finds a class or function by its name.
   *
   * @throws CheckpointError if files may not name it
   */
  findGlobal(name: string): PythonGlobal;
  /** Finds the object stored outside the pickle under an identifier. */
  loadPersistent(id: PythonValue): PythonValue;
  readonly budget: InstructionBudget;
}

/**
 * Instructions of all pickles of a file. A published snapshot has about 50,000; the bound keeps memory and
 * time small.
 */
const MAX_INSTRUCTIONS = 1_000_000;

/** Counts the instructions of all pickles of a file, including those nested in it. */
export class InstructionBudget {
  private left = MAX_INSTRUCTIONS;

  /** @param source the file's name */
  constructor(private readonly source: string) {}

  /** @throws CheckpointError once the file has spent too many */
  spend(count = 1): void {
    this.left -= count;
    if (this.left < 0) {
      throw new CheckpointError(this.source, `its pickle takes more than ${MAX_INSTRUCTIONS} instructions`);
    }
  }
}

/**
 * The stack machine that runs pickles (protocols 0 to 5, as documented in Python's `pickletools` module).
 * Unlike Python's, it can call nothing but the few functions of its {@link PickleContext}, which only make
 * data.
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

  /**
   * Reads one pickle. The reader is then at its end, where another one may follow.
   *
   * @throws CheckpointError if it is not valid
   */
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
    if (this.stack.length === 0) this.fail('it takes a value from an empty stack');
    return this.stack.pop()!;
  }

  /** The value on top of the stack, which stays there. */
  top(): PythonValue {
    if (this.stack.length === 0) this.fail('it uses a value of an empty stack');
    return this.stack[this.stack.length - 1]!;
  }

  mark(): void {
    this.outerStacks.push(this.stack);
    this.stack = [];
  }

  /** Takes everything since the last mark. */
  popMark(): PythonValue[] {
    const items = this.stack;
    this.stack = this.outerStacks.pop() ?? this.fail('it goes back to a mark that was not set');
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
