import { nativeCall } from '../../native-calls/call-table.js';
import type { SessionOptions } from '../../runtime/binding.js';
import { CompanionThread } from './companion-thread.js';
import { OtherProgram } from './other-program.js';
import { OwnProgram } from './own-program.js';
import { type Program, programsOf, type Tensors } from './program.js';
import type { Piece, Stage } from './stages.js';

/** A piece of a program. */
interface Compiled<P> {
  program: P;
  piece: number;
}

/** What runs in a stage. */
interface Step {
  serial: Compiled<OwnProgram> | null;
  /** The part that this thread computes, and the one of the companion thread. */
  parts: { own: Compiled<OwnProgram>; other: Compiled<OtherProgram> } | null;
}

/**
 * A graph whose parts are computed at the same time, in two threads, in place of sharing the processors in each operator:
 * operators that one thread computes, and waiting at the end of each, cost a fifth of the time with two processors.
 */
export class ParallelSession {
  private readonly steps: readonly Step[];
  private readonly programs: readonly { dispose(): void; endProfiling?(): void }[];
  private readonly companion = CompanionThread.get();

  constructor(stages: readonly Stage[], options: SessionOptions) {
    const half = Math.floor(options.threads / 2);
    const [own, other] = [0, 1].map((part) => stages.flatMap(({ parts }) => parts[part] ?? [])) as [Piece[], Piece[]];
    const serial = stages.flatMap((stage) => stage.serial ?? []);
    // The other thread compiles at the same time.
    const others = compile(
      other,
      (program) => new OtherProgram(program, { ...options, threads: half }, this.companion),
    );
    const owns = compile(own, (program) => new OwnProgram(program, { ...options, threads: options.threads - half }));
    const serials = compile(serial, (program) => new OwnProgram(program, options), false);
    this.companion.settle();
    this.programs = [...others.programs, ...owns.programs, ...serials.programs];
    this.steps = stages.map((stage) => ({
      serial: stage.serial && serials.of(stage.serial),
      parts: stage.parts.length > 0 ? { own: owns.of(stage.parts[0]!), other: others.of(stage.parts[1]!) } : null,
    }));
  }

  /** Runs synchronously. Every output of the whole graph is written into the tensor passed for it. */
  run(feeds: Tensors, fetches: Tensors): void {
    const values: Tensors = { ...feeds };
    // Nobody may end this thread while the other one computes.
    nativeCall(() => {
      for (const { serial, parts } of this.steps) {
        serial?.program.run(serial.piece, values, fetches);
        if (parts === null) continue;
        const { own, other } = parts;
        other.program.begin(other.piece, values);
        try {
          own.program.run(own.piece, values, fetches);
        } finally {
          other.program.finish(other.piece, values, fetches);
        }
      }
    });
  }

  /** Ends the profiles of what this thread computes. */
  endProfiling(): void {
    for (const program of this.programs) program.endProfiling?.();
  }

  dispose(): void {
    for (const program of this.programs) program.dispose();
  }
}

/**
 * Compiles pieces, and says which piece of which program each is.
 *
 * @param mayJoin whether one program may have several pieces: a run passes the inputs of all, so they have to stay
 */
function compile<P>(pieces: readonly Piece[], create: (program: Program) => P, mayJoin = true) {
  const programs: P[] = [];
  const compiled = new Map<Piece, Compiled<P>>();
  const described = mayJoin ? programsOf(pieces) : pieces.flatMap((piece) => programsOf([piece]));
  for (const each of described) {
    const program = create(each);
    programs.push(program);
    each.pieces.forEach((piece, i) => compiled.set(piece, { program, piece: i }));
  }
  return { programs, of: (piece: Piece) => compiled.get(piece)! };
}
