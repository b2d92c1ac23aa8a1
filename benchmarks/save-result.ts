import { writeFileSync } from 'node:fs';
import { command, machine } from './machine.js';

/**
 * Writes what a benchmark measured to `results/{name}.json`, with the date, the command and the machine.
 *
 * @param script as the command names it
 * @param where what belongs to the machine besides
 */
export function saveResult(name: string, script: string, where: object, measured: object): void {
  const head = { date: new Date().toISOString(), command: command(script), machine: { ...machine(), ...where } };
  const file = new URL(`results/${name}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify({ ...head, ...measured }, null, 2)}\n`);
}
