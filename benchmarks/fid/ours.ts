/** Computes the Fréchet distance of the two normal distributions in a folder on request: one line in, one line of JSON out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { frechetDistance } from '@onestep/metrics';

const { dim, exchange } = JSON.parse(process.argv[2]!) as { dim: number; exchange: string };
const moments = ['a', 'b'].map((name) => {
  const values = new Float64Array(Uint8Array.from(readFileSync(join(exchange, `${name}.f64`))).buffer);
  return { mean: values.subarray(0, dim), covariance: values.subarray(dim) };
});
console.log(JSON.stringify({ name: 'onestep, TypeScript', parameters: dim }));

for await (const _request of createInterface({ input: process.stdin })) {
  const start = process.cpuUsage();
  const distance = frechetDistance(moments[0]!, moments[1]!);
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify({ ms: (user + system) / 1000, values: [distance] }));
}
