export { StagedFile, syncFolder, writeFileAtomically } from './atomic-write.js';
export {
  openNpz,
  openNpzTexts,
  openSafetensors,
  openTorchFile,
  readSafetensors,
  writeNpz,
  writeSafetensors,
  writeTorchFile,
} from './checkpoint-file.js';
export { fileSource } from './file-source.js';
export { makeFolder } from './make-folder.js';
export { lookAt, openRegularFile, readRegularFile, streamRegularFile } from './regular-file.js';
export { forgetTemporary, temporaryPath } from './temporary-names.js';
