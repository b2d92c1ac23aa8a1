import { basename } from 'node:path';
import type { ReferenceStatistics } from '../../reference.js';

/** Statistics of a file, and the features of each image where it has them. */
export interface Reference {
  statistics: ReferenceStatistics;
  /** [N, D]; null for a file of statistics only. */
  features: Float32Array | null;
}

/** The name of a data set, from the path of its statistics. */
export function nameOf(path: string): string {
  return basename(path).replace(/\.[^.]*$/, '');
}
