import type { Command } from 'commander';
import { MADE_BY_CHOICES } from '@onestep/metrics/node';
import { DETECTOR_CHOICES, RESIZE_CHOICES, type DetectorOptions } from '../evaluation/detector.js';
import { ENCODER_CHOICES } from '../evaluation/encoder.js';

/** Options that choose a detector. */
export interface DetectorCommandOptions extends DetectorOptions {
  detector?: string;
}

/** Adds {@link DetectorCommandOptions} to a command. @param otherwise what is used without `--detector`, in words */
export function addDetectorOptions(command: Command, otherwise: string): Command {
  return command
    .option('--detector <source>', `feature extractor: ${DETECTOR_CHOICES} (default: ${otherwise})`)
    .option('--resize <program>', `resize images for Inception as this program does: ${RESIZE_CHOICES} (default: edm)`)
    .option('--encoder <settings>', `how a --detector in an .onnx file takes images: ${ENCODER_CHOICES}`);
}

/** Adds `--ref-made-by` to a command. */
export function addRefMadeBy(command: Command): Command {
  return command.option(
    '--ref-made-by <program>',
    `who made the reference statistics, where the file does not say so: ${MADE_BY_CHOICES}`,
  );
}
