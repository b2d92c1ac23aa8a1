/** What both workers are told, as JSON. */
export interface InceptionSettings {
  /** Images at a time. */
  batch: number;
  /** Images in a round. */
  images: number;
  /** Side of the images in pixels, which both sides resize to 299. */
  resolution: number;
  threads: number;
  /** The folder in which ours.ts leaves the weights, weights.pth, and the images, images.u8 (NHWC), for peer.py. */
  exchange: string;
}
