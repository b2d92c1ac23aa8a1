import { efficiency, exchangeShare, stepTime, type Machine, type Work } from './model.js';
import { publishedWork } from './settings.js';

/** Assumed processes: multiplications and bytes copied in a second, as measured here for CPUs, through the host's memory for GPUs. */
const PROCESSES: Record<string, Pick<Machine, 'rate' | 'copy' | 'fixed'>> = {
  'a CPU of 16 cores': { rate: 4e11, copy: 1e9, fixed: 0.05 },
  'a GPU': { rate: 2e13, copy: 1e10, fixed: 0.02 },
};
/** Assumed links: bytes and seconds. */
const LINKS: Record<string, Pick<Machine, 'bandwidth' | 'latency'>> = {
  '1 Gbit/s': { bandwidth: 1.25e8, latency: 1e-4 },
  '10 Gbit/s': { bandwidth: 1.25e9, latency: 5e-5 },
  '100 Gbit/s': { bandwidth: 1.25e10, latency: 5e-6 },
};
/** Ways to exchange less. */
const WAYS: Record<string, (work: Work) => Work> = {
  'as it is': (work) => work,
  'half-precision gradients': (work) => ({ ...work, bytes: work.bytes / 2 }),
  'one exchange in 8 steps': (work) => ({ ...work, exchanges: work.exchanges / 8 }),
};

/**
 * Computes, by the model of model.ts, the published settings of SiD on 8 and 64 processes: nothing here is measured. Needs a backend of
 * tfjs.
 *
 * @returns tables in Markdown
 */
export function computedTables(): string {
  const lines: string[] = [];
  for (const [setting, work] of Object.entries(publishedWork())) {
    const size = `${(work.parameters / 1e6).toFixed(1)} M parameters, ${(work.multiplications / 1e9).toFixed(0)} G multiplications an image`;
    lines.push(
      ...[...(lines.length > 0 ? [''] : []), `#### ${setting}: ${size}`, ''],
      '| process | link | ranks | exchange | share of a step | efficiency | overlapped | half precision | every 8th step |',
      '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    );
    for (const [process, own] of Object.entries(PROCESSES)) {
      for (const [link, wire] of Object.entries(LINKS)) {
        for (const ranks of [8, 64]) lines.push(row(work, { ...own, ...wire }, { process, link, ranks }));
      }
    }
  }
  return lines.join('\n');
}

function row(
  work: Work,
  machine: Machine,
  { process, link, ranks }: { process: string; link: string; ranks: number },
): string {
  const time = stepTime(work, machine, ranks);
  const [own, half, rare] = Object.values(WAYS).map((way) => percent(efficiency(way(work), machine, ranks)));
  // The gradients of the last layers travel while those of the first are computed: half of the computing can hide them.
  const hidden = Math.min(time.exchange, time.compute / 2);
  const overlapped = percent(
    (efficiency(work, machine, ranks) * (time.compute + time.exchange)) / (time.compute + time.exchange - hidden),
  );
  const share = percent(exchangeShare(time));
  return `| ${process} | ${link} | ${ranks} | ${time.exchange.toFixed(2)} s of ${(time.compute + time.exchange).toFixed(2)} s | ${share} | ${own} | ${overlapped} | ${half} | ${rare} |`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
