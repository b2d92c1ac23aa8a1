import { toFloat32, type HostTensor } from '@onestep/checkpoint';
import { openNpz, openSafetensors } from '@onestep/checkpoint/node';

/** Embeddings of images that were made before. */
export interface ImageEmbeddings {
  /** [count, dim] */
  data: Float32Array;
  count: number;
  dim: number;
}

/** Names that the tensor of embeddings may have among others. */
const NAMES = ['embeddings', 'image_embeds', 'features'];

/**
 * Reads embeddings of images, [count, dim], from a `.safetensors` or `.npz` file: its only tensor, or the one of the name
 * `embeddings`, `image_embeds` or `features`.
 *
 * @throws naming the file and what is wrong with it
 */
export async function readImageEmbeddings(path: string): Promise<ImageEmbeddings> {
  const tensors: Record<string, HostTensor> = /\.npz$/i.test(path)
    ? await openNpz(path)
    : openSafetensors(path).tensors;
  const names = Object.keys(tensors);
  const name = NAMES.find((each) => names.includes(each)) ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    throw new RangeError(
      `${path} has the tensors ${names.slice(0, 5).join(', ')}: name the one with embeddings [N, D] "embeddings".`,
    );
  }
  const { shape } = tensors[name]!;
  const [count, dim] = shape;
  if (shape.length !== 2 || count === 0 || dim === 0) {
    throw new RangeError(
      `${path}: ${name} has shape [${shape.join(', ')}], expected [N, D], an embedding of each image.`,
    );
  }
  return { data: toFloat32(tensors[name]!), count: count!, dim: dim! };
}
