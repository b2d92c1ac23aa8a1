/** Medians of a setup, in milliseconds. */
export interface Row {
  name: string;
  step: number;
  exchange: number;
  imagesPerSecond: number;
  megabytes: number;
}

/** What main.ts saves: results/scale-out.json. */
export interface Measured {
  date: string;
  command: string;
  machine: { processor: string; node: string };
  /** By the size of the network. */
  results: Record<string, Row[]>;
}

/** @returns a line about when, how and where it was measured, and a table in Markdown */
export function measuredTable({ date, command, machine, results }: Measured): string {
  const day = new Date(date).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const lines = [
    `${day}, \`${command.replace(/^node .*main\.ts/, 'npm run bench:scale-out --').replace(/ --$/, '')}\`, ` +
      `${machine.processor}, Node ${machine.node.replace('v', '')}:`,
    '',
    '| network | processes | step | images/s | of one process with two threads | exchange |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
  ];
  for (const [size, rows] of Object.entries(results)) {
    const whole = rows.find(({ name }) => name.endsWith('two threads'))!;
    for (const { name, step, exchange, imagesPerSecond } of rows) {
      const share = ((100 * exchange) / step).toFixed(1);
      const exchanged = name.startsWith('two') ? ` ${exchange.toFixed(0)} ms (${share} %)` : '';
      const part = ((100 * imagesPerSecond) / whole.imagesPerSecond).toFixed(0);
      lines.push(
        `| ${size} | ${name} | ${step.toFixed(0)} ms | ${imagesPerSecond.toFixed(1)} | ${part} % |${exchanged} |`,
      );
    }
  }
  return lines.join('\n');
}
