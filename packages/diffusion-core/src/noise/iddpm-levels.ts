/** Constants of the cosine schedule of Nichol & Dhariwal 2021. */
export interface IddpmSchedule {
  /** Lower bound of the ratio of successive alpha-bars. */
  c1: number;
  /** Offset of the cosine. */
  c2: number;
  /** Number of time steps M. */
  timesteps: number;
}

/** Computes the noise levels u_0 > u_1 > ... > u_M = 0 of the cosine schedule: Table 1 "iDDPM", Karras et al. 2022. */
export function iddpmLevels({ c1, c2, timesteps }: IddpmSchedule): Float64Array {
  const alphaBar = (j: number) => Math.sin(((0.5 * Math.PI) / (timesteps * (c2 + 1))) * j) ** 2;
  const levels = new Float64Array(timesteps + 1);
  for (let j = timesteps; j > 0; j--) {
    levels[j - 1] = Math.sqrt((levels[j]! ** 2 + 1) / Math.max(alphaBar(j - 1) / alphaBar(j), c1) - 1);
  }
  return levels;
}
