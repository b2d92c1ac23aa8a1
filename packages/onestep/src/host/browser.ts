import { CheckpointError, memorySource } from '@onestep/checkpoint';
import { oneFile } from '../files/opened-files.js';
import type { Host, LoadOptions } from './host.js';

/** Browsers fetch files into memory. */
export const openAddress: Host['openAddress'] = async (address, { name, onProgress, signal }: LoadOptions) => {
  const url = String(address);
  if (/^hf:/i.test(url)) {
    throw new CheckpointError(url, 'addresses of this form need Node; give the https address of the file');
  }
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    const what = 'it cannot be loaded; check the address, and that its server allows this page';
    throw new CheckpointError(url, what, { cause: error });
  });
  if (!response.ok) throw new CheckpointError(url, `the server answered ${response.status} ${response.statusText}`);
  return oneFile(memorySource(await readBody(response, url, { onProgress, signal }), name ?? url));
};

export const openBfloat16: Host['openBfloat16'] = () =>
  Promise.reject(new RangeError('The precision bfloat16 needs Node: leave it out.'));

async function readBody(response: Response, url: string, { onProgress, signal }: LoadOptions): Promise<Uint8Array> {
  // Where the bytes are compressed on their way, the header counts what is sent.
  const length = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  const total = length === null ? null : Number(length);
  let done = 0;
  onProgress?.(done, total);
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      done += piece.length;
      onProgress?.(done, total);
      controller.enqueue(piece);
    },
  });
  try {
    const body = response.body?.pipeThrough(counter);
    return new Uint8Array(await new Response(body).arrayBuffer());
  } catch (error) {
    signal?.throwIfAborted();
    throw new CheckpointError(url, `the connection broke after ${done} bytes`, { cause: error });
  }
}
