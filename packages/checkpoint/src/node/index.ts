export { forgetTemporary, StagedFile, syncFolder, temporaryPath, writeFileAtomically } from './atomic-write.js';
export {
  openNpz,
  openSafetensors,
  openTorchFile,
  readSafetensors,
  writeNpz,
  writeSafetensors,
  writeTorchFile,
} from './checkpoint-file.js';
export { fileSource } from './file-source.js';
export { openRegularFile, readRegularFile, streamRegularFile } from './regular-file.js';
