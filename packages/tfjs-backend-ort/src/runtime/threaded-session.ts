import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Tensor as OrtTensor } from '@onestep/onnxruntime';
import type { NativeSession } from './library.js';

type Data = Float32Array | Int32Array | Uint8Array;
interface Packed {
  type: string;
  data: Data;
  dims: readonly number[];
}

/** The program of the thread. It is plain CommonJS, so that it starts from sources and from a bundle alike. */
const THREAD = `
const { workerData: { port, answered, entry } } = require('node:worker_threads');
let api, failure;
try {
  api = require(entry);
} catch (error) {
  failure = error;
}
const sessions = new Map();
const unpack = ({ type, data, dims }) => new api.Tensor(type, data, dims);
const actions = {
  async create({ id, model, options }) {
    sessions.set(id, await api.InferenceSession.create(model, options));
  },
  async run({ id, feeds, fetches }) {
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, packed]) => [name, unpack(packed)]));
    const results = await sessions.get(id).run(inputs, fetches);
    return Object.fromEntries(fetches.map((name) => [name, results[name].data]));
  },
  async endProfiling({ id }) {
    sessions.get(id).endProfiling();
  },
  async dispose({ id }) {
    await sessions.get(id)?.release();
    sessions.delete(id);
  },
};
port.on('message', async (request) => {
  let reply;
  try {
    if (failure) throw failure;
    reply = { value: await actions[request.action](request) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});
`;

/** The thread that calls the public API. One thread serves all sessions. It does not keep the process alive. */
class SessionThread {
  private readonly answered = new Int32Array(new SharedArrayBuffer(4));
  private readonly port: MessagePort;

  constructor(entry: string) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const workerData = { port: port2, answered: this.answered, entry };
    // Plain JavaScript needs none of this process's loaders and conditions.
    const worker = new Worker(THREAD, { eval: true, workerData, transferList: [port2], execArgv: [] });
    worker.unref();
    port1.unref();
  }

  /** Sends a request and waits, blocking, for the answer. */
  call(request: { action: string; id: number; [detail: string]: unknown }): unknown {
    Atomics.store(this.answered, 0, 0);
    this.port.postMessage(request);
    // The notification of the answer before may come late, and end the wait for this one.
    while (Atomics.load(this.answered, 0) === 0) {
      if (Atomics.wait(this.answered, 0, 0, TIMEOUT_MS) === 'timed-out') {
        throw new Error(`The thread that runs onnxruntime-node did not answer within ${TIMEOUT_MS / 60_000} minutes.`);
      }
    }
    const { value, error } = receiveMessageOnPort(this.port)!.message as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }
}

/** Longer than any step. Without a timeout, a killed thread would block this one forever. */
const TIMEOUT_MS = 30 * 60_000;

const threads = new Map<string, SessionThread>();
let count = 0;

/** A session of onnxruntime-node's public API that can be called synchronously, because it runs on another thread. */
export class ThreadedSession implements NativeSession {
  private readonly id = count++;
  private readonly thread: SessionThread;

  /** @param entry path of onnxruntime-node's public API */
  constructor(entry: string) {
    let thread = threads.get(entry);
    if (!thread) threads.set(entry, (thread = new SessionThread(entry)));
    this.thread = thread;
  }

  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void {
    const model = new Uint8Array(buffer, byteOffset, byteLength);
    this.thread.call({ action: 'create', id: this.id, model, options });
  }

  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>): Record<string, OrtTensor> {
    const packed: Record<string, Packed> = {};
    for (const [name, { type, data, dims }] of Object.entries(feeds)) {
      packed[name] = { type, data: data as Data, dims };
    }
    const results = this.thread.call({
      action: 'run',
      id: this.id,
      feeds: packed,
      fetches: Object.keys(fetches),
    }) as Record<string, Data>;
    for (const [name, tensor] of Object.entries(fetches)) (tensor.data as Data).set(results[name]!);
    return fetches;
  }

  endProfiling(): void {
    this.thread.call({ action: 'endProfiling', id: this.id });
  }

  dispose(): void {
    this.thread.call({ action: 'dispose', id: this.id });
  }
}
