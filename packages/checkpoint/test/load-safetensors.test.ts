import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeSafetensors, fetchSafetensors, readSafetensorsBlob } from '@onestep/checkpoint';

const file = encodeSafetensors({
  tensors: { weight: { shape: [100, 1000], data: new Float32Array(100_000).map((_, i) => i) } },
  metadata: { kind: 'a test' },
});
let server: Server;
let address: string;

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    if (url === '/missing.safetensors') return response.writeHead(404).end();
    response.setHeader('content-length', file.length);
    // Announces the whole file and closes the connection in the middle.
    if (url === '/broken-off.safetensors') return response.write(file.subarray(0, 5000), () => response.destroy());
    return response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

it('a file is loaded from a URL and from a Blob, with its progress', async () => {
  for (const load of [
    (onProgress: (done: number, total: number | null) => void) =>
      fetchSafetensors(`${address}/network.safetensors`, { onProgress }),
    (onProgress: (done: number, total: number | null) => void) =>
      readSafetensorsBlob(new Blob([file as Uint8Array<ArrayBuffer>]), { onProgress }),
  ]) {
    const progress: [number, number | null][] = [];
    const { tensors, metadata } = await load((...event) => progress.push(event));
    expect(tensors.weight!.shape).toEqual([100, 1000]);
    expect(tensors.weight!.data[99_999]).toBe(99_999);
    expect(metadata).toEqual({ kind: 'a test' });
    expect(progress[0]).toEqual([0, file.length]);
    expect(progress.at(-1)).toEqual([file.length, file.length]);
    expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).sort((a, b) => a - b));
  }
});

it('a file that cannot be loaded is named, with the reason', async () => {
  const named = { name: 'dropped.safetensors' };
  await expect(fetchSafetensors(`${address}/missing.safetensors`)).rejects.toThrow(
    /missing\.safetensors: the server answered 404/,
  );
  await expect(fetchSafetensors(`${address}/broken-off.safetensors`)).rejects.toThrow(
    /reading it failed after \d+ bytes/,
  );
  await expect(fetchSafetensors('http://127.0.0.1:9/x.safetensors')).rejects.toThrow(/x\.safetensors: it cannot be/);
  await expect(readSafetensorsBlob(new Blob([file.slice(0, -8)]), named)).rejects.toThrow(
    'dropped.safetensors: not a valid safetensors file: weight ends at byte 400000 of 399992; is the file complete?',
  );
  await expect(readSafetensorsBlob(new Blob(['<!doctype html>']), named)).rejects.toThrow(
    'dropped.safetensors: it is a web page',
  );
});

it('loading stops when its signal is aborted', async () => {
  const controller = new AbortController();
  const onProgress = (done: number) => done > 0 && controller.abort(new Error('stopped'));
  const loading = fetchSafetensors(`${address}/network.safetensors`, { onProgress, signal: controller.signal });
  await expect(loading).rejects.toThrow('stopped');
});
