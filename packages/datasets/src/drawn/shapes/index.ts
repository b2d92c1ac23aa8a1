import { Draws } from '../draws.js';
import type { DrawnDataset } from '../drawn-dataset.js';
import { describeScene, nameThings } from './captions.js';
import { HELD_OUT, SHAPES_SPLITS, type ShapesSplit } from './held-out.js';
import { paintScene } from './paint.js';
import { drawScene, type Scene } from './scene.js';

/** One to three things of eight shapes in eight colors, with captions. */
export const shapes: DrawnDataset = {
  name: 'shapes',
  about: 'one to three things of eight shapes, eight colors and two sizes on a plain ground, with captions in English',
  classNames: [],
  splits: SHAPES_SPLITS,
  draw: (seed, index, side, split) => paintScene(drawShapesScene(seed, index, split).scene, side),
  describe(seed, index, split) {
    const { scene, draws } = drawShapesScene(seed, index, split);
    return split === 'two-things' ? nameThings(scene) : describeScene(scene, draws);
  },
  facts: { heldOut: HELD_OUT.map(({ color, shape }) => `${color} ${shape}`) },
};

/**
 * What a picture of the data set `shapes` shows.
 *
 * @param index number of the picture
 * @param split one of {@link SHAPES_SPLITS}
 */
export function shapesScene(seed: number, index: number, split?: string): Scene {
  return drawShapesScene(seed, index, split).scene;
}

function drawShapesScene(
  seed: number,
  index: number,
  split: string = SHAPES_SPLITS[0],
): { scene: Scene; draws: Draws } {
  const draws = new Draws(seed, index, split === SHAPES_SPLITS[0] ? 'shapes' : `shapes/${split}`);
  return { scene: drawScene(draws, split as ShapesSplit), draws };
}
