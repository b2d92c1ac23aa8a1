import { createRequire } from 'node:module';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { library } from '../../runtime/library.js';
import type { Slot } from './layout.js';

/** The tensors of a session in two buffers, which move between the threads. */
export interface Layout {
  inputs: readonly Slot[];
  /** By the number of what is computed. */
  outputs: readonly (readonly Slot[])[];
}

/** Buffers as a {@link Layout} says. */
export interface Buffers {
  inputs: ArrayBuffer;
  outputs: ArrayBuffer;
}

/** What the thread says of a piece of work. */
interface Answer {
  /** The buffers of a run, also of one that failed. */
  buffers: Buffers;
  error: string | undefined;
}

/** The program of the thread. It is plain CommonJS, so that it starts from sources and from a bundle alike. */
const PROGRAM = `
const { workerData: { port, answered, entry, file }, isMainThread } = require('node:worker_threads');
const skipped = new Error('Results are not wanted.');
let Tensor, binding, failure;
try {
  ({ Tensor } = require(entry));
  ({ binding } = require(file));
  // As in the thread that starts this one: the binding would copy each result into a new tensor.
  binding.initOrtOnce?.(3, new Proxy(Tensor, { construct() { throw skipped; } }), isMainThread);
} catch (error) {
  failure = error;
}
const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
const sessions = new Map();
const tensors = (buffer, slots) =>
  Object.fromEntries(
    slots.map(({ name, type, dims, offset, size }) => [name, new Tensor(type, new ARRAYS[type](buffer, offset, size), dims)]),
  );
const actions = {
  load({ id, model, options, layout }) {
    const session = new binding.InferenceSession();
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
    sessions.set(id, { session, layout });
  },
  run({ id, piece, buffers }) {
    const { session, layout } = sessions.get(id);
    try {
      session.run(tensors(buffers.inputs, layout.inputs), tensors(buffers.outputs, layout.outputs[piece]), {});
    } catch (error) {
      if (error !== skipped) throw error;
    }
  },
  dispose({ id }) {
    sessions.get(id)?.session.dispose();
    sessions.delete(id);
  },
};
port.on('message', ({ action, ...request }) => {
  const reply = { buffers: request.buffers };
  try {
    if (failure) throw failure;
    actions[action](request);
  } catch (error) {
    reply.error = error instanceof Error ? error.message : String(error);
  }
  port.postMessage(reply, reply.buffers ? [reply.buffers.inputs, reply.buffers.outputs] : []);
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
});
`;

const require = createRequire(import.meta.url);
let started: CompanionThread | undefined;

/** A thread that computes one part of a batch while this thread computes the other. It does not keep the process alive. */
export class CompanionThread {
  private readonly answered = new Int32Array(new SharedArrayBuffer(4));
  private readonly port: MessagePort;
  private sessions = 0;
  /** Requests so far, and those whose answer was not waited for. */
  private sent = 0;
  private begun = 0;

  private constructor(name: string) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const entry = require.resolve(name);
    const workerData = {
      port: port2,
      answered: this.answered,
      entry,
      file: require.resolve(`${name}/dist/binding.js`),
    };
    // Plain JavaScript needs none of this process's loaders and conditions.
    const worker = new Worker(PROGRAM, { eval: true, workerData, transferList: [port2], execArgv: [] });
    worker.unref();
    port1.unref();
  }

  /** The one of this thread, started where it is asked for first. */
  static get(): CompanionThread {
    return (started ??= new CompanionThread(library().name));
  }

  /**
   * Begins to compile a graph.
   *
   * @returns the number of its session, for the other methods
   */
  load(model: Uint8Array, options: object, layout: Layout): number {
    const id = this.sessions++;
    this.send({ action: 'load', id, model, options, layout });
    return id;
  }

  /** Waits, blocking, until everything that was begun is done. @throws Error of what failed first */
  settle(): void {
    let failure: string | undefined;
    while (this.begun > 0) {
      const { error } = this.finish();
      failure ??= error;
    }
    if (failure !== undefined) throw new Error(failure);
  }

  /**
   * Begins to run a session. The buffers are this thread's again after {@link CompanionThread.finish}.
   *
   * @param piece number of what is computed
   */
  run(id: number, piece: number, buffers: Buffers): void {
    this.send({ action: 'run', id, piece, buffers }, [buffers.inputs, buffers.outputs]);
  }

  /** Waits, blocking, until the first piece of work that was begun and not waited for is done. */
  finish(): Answer {
    const number = this.sent - this.begun + 1;
    for (;;) {
      const answered = Atomics.load(this.answered, 0);
      if (answered >= number) break;
      Atomics.wait(this.answered, 0, answered);
    }
    this.begun--;
    return receiveMessageOnPort(this.port)!.message as Answer;
  }

  dispose(id: number): void {
    this.send({ action: 'dispose', id });
    this.settle();
  }

  private send(request: object, transferred: ArrayBuffer[] = []): void {
    this.sent++;
    this.begun++;
    this.port.postMessage(request, transferred);
  }
}
