import { Option, type Command } from 'commander';
import type { MethodNeed, RegressionDistanceName } from '@onestep/diffusion-core';
import { regressionDistance } from '@onestep/diffusion-core';
import { integer, number } from '../options/parsers.js';

/** Options about pairs of noise and images, which `onestep edm pairs` makes. */
export interface PairOptions {
  /** Folder of the pairs, of a method that learns pairs. */
  pairs?: string;
  /** Folder of pairs that another method learns in addition. */
  regressionPairs?: string;
  regressionWeight?: number;
  regressionDistance?: RegressionDistanceName;
  lpips?: string;
  vgg16?: string;
  lpipsResize?: number;
}

/** Adds {@link PairOptions}. @param needs what the method learns from */
export function addPairOptions(command: Command, needs: readonly MethodNeed[]): void {
  if (needs.includes('pairs')) {
    command.option('--pairs <folder>', 'the pairs of noise and image to learn, made by "onestep edm pairs"');
  } else {
    command
      .option('--regression-pairs <folder>', 'learn these pairs of noise and image in addition, as DMD')
      .option('--regression-weight <n>', 'factor of that loss', number({ min: 0 }), 0.25)
      .addOption(
        new Option('--regression-distance <name>', "how the student's image is compared with the teacher's")
          .choices(regressionDistance.choices!)
          .default('l2'),
      );
  }
  command
    .option('--lpips <file>', 'for the distance lpips: the linear layers of LPIPS with VGG16, or all of its weights')
    .option('--vgg16 <file>', "torchvision's VGG16, where the file of --lpips has the linear layers only")
    .option('--lpips-resize <n>', 'resize images to this before lpips compares them (DMD: 224)', integer({ min: 16 }));
}
