import { meanOf, type StepStats } from '@onestep/diffusion-core';

/** Statistics that answer a question. */
const KEPT = /^(G_Loss|Boundary_residual|Bootstrap_increment|Relative_increment|Teacher_distance|Score_gap|NaN)/;

/** The mean of each statistic over steps; of moments, the mean of all that they count. */
export function meansOf(steps: readonly StepStats[]): Record<string, number> {
  const names = [...new Set(steps.flatMap((stats) => Object.keys(stats)))].filter((name) => KEPT.test(name));
  return Object.fromEntries(names.map((name) => [name, Number(meanOver(steps, name).toPrecision(6))]));
}

function meanOver(steps: readonly StepStats[], name: string): number {
  let [sum, count] = [0, 0];
  for (const { [name]: value } of steps) {
    const mean = value === undefined ? NaN : meanOf(value);
    if (Number.isNaN(mean)) continue;
    const weight = typeof value === 'number' ? 1 : value!.num;
    sum += weight * mean;
    count += weight;
  }
  return sum / count;
}
