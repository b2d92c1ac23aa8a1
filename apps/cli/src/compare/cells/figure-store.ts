import { isDeepStrictEqual } from 'node:util';
import { ALONE, onFirstRank, type Communicator } from '@onestep/diffusion-core';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { readJson } from '../../read-json.js';
import type { Figures } from './figures.js';

/** What figures depend on. */
export interface MeasuredWith {
  /** Digests of the teacher, the detector and the reference. */
  digests: Readonly<Record<string, string>>;
  /** Number of generated images behind each figure. */
  num: number;
}

interface Contents extends MeasuredWith {
  figures: Record<string, Figures>;
}

/**
 * Figures in a file, by the name of what was measured. Each is saved as soon as it is known, and is not measured twice. Processes that
 * measure together all have them; process 0 has the file.
 */
export class FigureStore {
  private constructor(
    private readonly path: string,
    private readonly contents: Contents,
    private readonly communicator: Communicator,
  ) {}

  /** Opens the file. Figures that were measured with something else are forgotten. @throws UserError if it is damaged */
  static async open(
    path: string,
    { digests, num }: MeasuredWith,
    communicator: Communicator = ALONE,
  ): Promise<FigureStore> {
    const found = await onFirstRank(communicator, () => readJson<Contents>(path, ['digests', 'num', 'figures']));
    const isSame = found !== null && found.num === num && isDeepStrictEqual(found.digests, digests);
    return new FigureStore(path, isSame ? found : { digests, num, figures: {} }, communicator);
  }

  get(name: string): Figures | undefined {
    return this.contents.figures[name];
  }

  /** Returns the figures of a name, which are measured if they are not known. */
  async settle(name: string, measure: () => Promise<Figures>): Promise<Figures> {
    const known = this.get(name);
    if (known !== undefined) return known;
    const figures = await measure();
    this.contents.figures[name] = figures;
    const text = `${JSON.stringify(this.contents, null, 2)}\n`;
    await onFirstRank(this.communicator, () => writeFileAtomically(this.path, text));
    return figures;
  }
}
