export { syncFolder, temporaryPath, writeFileAtomically } from './atomic-write.js';
export { readSafetensors, writeSafetensors } from './checkpoint-file.js';
