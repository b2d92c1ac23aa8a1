import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ALONE, anyRank, broadcastJson, connectPorts, gatherJson, PortCommunicator } from '@onestep/diffusion-core';

/** Does the same in several members, which take turns in this thread. */
function inEach<T>(size: number, f: (member: PortCommunicator) => Promise<T>): Promise<T[]> {
  return Promise.all(connectPorts(size).map((member) => f(new PortCommunicator(member))));
}

describe('members of one process', () => {
  it('sum in the order of their ranks, so that all have the same bits', async () => {
    const parts = [1e8, 1, -1e8];
    const sums = await inEach(3, async (member) => {
      const values = Float32Array.of(parts[member.rank]!, member.rank);
      await member.sum(values);
      return values;
    });
    // 1 is lost next to 1e8 in float32.
    expect(sums).toEqual(Array(3).fill(Float32Array.of(0, 3)));
  });

  it('gather bytes of unequal lengths, broadcast those of the first, and wait for each other', async () => {
    const order: string[] = [];
    const results = await inEach(3, async (member) => {
      const gathered = await member.gather(new Uint8Array(member.rank).fill(member.rank));
      const sent = await member.broadcast(Uint8Array.of(7 + member.rank));
      order.push('before');
      await member.barrier();
      order.push('after');
      return { gathered, sent, any: await anyRank(member, member.rank === 2), none: await anyRank(member, false) };
    });
    const gathered = [new Uint8Array(), Uint8Array.of(1), Uint8Array.of(2, 2)];
    expect(results).toEqual(Array(3).fill({ gathered, sent: Uint8Array.of(7), any: true, none: false }));
    expect(order).toEqual(['before', 'before', 'before', 'after', 'after', 'after']);
  });

  it('pass on JSON', async () => {
    const of = await inEach(2, async (member) => ({
      first: await broadcastJson(member, { rank: member.rank }),
      all: await gatherJson(member, member.rank),
    }));
    expect(of).toEqual(Array(2).fill({ first: { rank: 0 }, all: [0, 1] }));
    expect(await gatherJson(ALONE, 5)).toEqual([5]);
  });

  it('are told where they make different calls, or sum arrays of different lengths', async () => {
    await expect(
      inEach<unknown>(2, (member) => (member.rank === 0 ? member.barrier() : member.gather(new Uint8Array()))),
    ).rejects.toThrow('The processes make different calls: barrier, gather.');
    await expect(inEach(2, (member) => member.sum(new Float32Array(1 + member.rank)))).rejects.toThrow(
      'The processes sum arrays of different lengths.',
    );
  });

  it('live in worker threads, too', async () => {
    const program = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { port } = workerData;
      port.onmessage = ({ data }) => { parentPort.postMessage(data); port.close(); };
      port.postMessage({ call: 'sum', values: Float64Array.of(workerData.rank + 1) });`;
    const sums = await Promise.all(
      connectPorts(2).map(
        (member) =>
          new Promise((resolve, reject) => {
            const options = { eval: true, workerData: member, transferList: [member.port as never] };
            new Worker(program, options).once('message', resolve).once('error', reject);
          }),
      ),
    );
    expect(sums).toEqual([Float64Array.of(3), Float64Array.of(3)]);
  });
});
