import type { Communicator } from './communicator.js';

/** What a member sends to the hub: its part of a call. */
interface Part {
  call: 'sum' | 'broadcast' | 'gather' | 'barrier';
  values: Float32Array | Float64Array | Uint8Array;
}

/** What the hub answers. */
type Answer = Part['values'] | Uint8Array[] | { error: string };

/** What is used of a message port, in browsers and in Node. Only Node's can keep a process alive. */
export interface Port {
  onmessage: ((event: { data: never }) => void) | null;
  postMessage(message: unknown): void;
  ref?(): void;
  unref?(): void;
}

/** A member of a {@link connectPorts} connection. */
export interface PortMember {
  rank: number;
  size: number;
  port: Port;
}

/**
 * Connects members inside of one process: in its only thread, or in one worker thread each. The thread that calls this adds
 * up what they send, so it must not block. A member is passed on by `postMessage(member, [member.port])`, and turned into a
 * communicator by {@link PortCommunicator}.
 */
export function connectPorts(size: number): PortMember[] {
  const channels = Array.from(
    { length: size },
    () => new MessageChannel() as unknown as Record<'port1' | 'port2', Port>,
  );
  let parts: (Part | undefined)[] = new Array<undefined>(size).fill(undefined);
  channels.forEach(({ port1 }, rank) => {
    port1.onmessage = ({ data }: { data: Part }) => {
      parts[rank] = data;
      if (parts.includes(undefined)) return;
      const all = parts as Part[];
      parts = new Array<undefined>(size).fill(undefined);
      const answer = answerTo(all);
      for (const { port1: port } of channels) port.postMessage(answer);
    };
    // An idle port does not keep the process alive.
    port1.unref?.();
  });
  return channels.map(({ port2 }, rank) => ({ rank, size, port: port2 }));
}

function answerTo(parts: readonly Part[]): Answer {
  const [first] = parts;
  const calls = new Set(parts.map(({ call }) => call));
  if (calls.size > 1) return { error: `The processes make different calls: ${[...calls].join(', ')}.` };
  if (first!.call === 'broadcast') return first!.values;
  if (first!.call !== 'sum') return parts.map(({ values }) => values as Uint8Array);
  const sums = first!.values.slice();
  for (const { values } of parts.slice(1)) {
    if (values.length !== sums.length) return { error: 'The processes sum arrays of different lengths.' };
    for (let i = 0; i < sums.length; i++) sums[i]! += values[i]!;
  }
  return sums;
}

/** A member of {@link connectPorts}. */
export class PortCommunicator implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly host = 'this machine';
  private readonly port: Port;

  constructor({ rank, size, port }: PortMember) {
    this.rank = rank;
    this.size = size;
    this.port = port;
    port.unref?.();
  }

  async sum(values: Float32Array | Float64Array): Promise<void> {
    values.set((await this.call({ call: 'sum', values })) as Float32Array | Float64Array);
  }

  async broadcast(bytes: Uint8Array): Promise<Uint8Array> {
    return (await this.call({ call: 'broadcast', values: bytes })) as Uint8Array;
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    return (await this.call({ call: 'gather', values: bytes })) as Uint8Array[];
  }

  async barrier(): Promise<void> {
    await this.call({ call: 'barrier', values: new Uint8Array() });
  }

  private call(part: Part): Promise<Exclude<Answer, { error: string }>> {
    const { port } = this;
    return new Promise((resolve, reject) => {
      port.onmessage = ({ data }: { data: Answer }) => {
        port.unref?.();
        if ('error' in data) reject(new Error(data.error));
        else resolve(data);
      };
      // A process with an open call must not end.
      port.ref?.();
      port.postMessage(part);
    });
  }
}
