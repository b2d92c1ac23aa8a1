/** Trains a small network on an engine and writes the result to a file. Started by train-elsewhere.ts. */
import { startBackend } from '@onestep/backends';
import type { EngineName } from './engines.js';
import { trainHere, writeTrained, type TrainRequest } from './train-here.js';

const [engine, request, file] = process.argv.slice(2) as [EngineName, string, string];
// Whoever started this process was stopped.
process.once('disconnect', () => process.exit(1));
await startBackend(engine);
await writeTrained(file, await trainHere(JSON.parse(request) as TrainRequest));
process.exit(0);
