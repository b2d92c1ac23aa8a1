import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder `tensorflow` of a Python installation on this machine, looked for in the usual places; null if there is none. */
export function findPythonTensorflow(): string | null {
  const { VIRTUAL_ENV: virtual, CONDA_PREFIX: conda } = process.env;
  const roots = [virtual, conda, join(homedir(), '.local'), '/usr/local', '/usr'].filter((root) => root !== undefined);
  const folders = roots.flatMap((root) =>
    pythonFolders(join(root, 'lib')).flatMap((folder) =>
      ['site-packages', 'dist-packages'].map((packages) => join(folder, packages, 'tensorflow')),
    ),
  );
  return folders.find((folder) => existsSync(join(folder, 'libtensorflow_cc.so.2'))) ?? null;
}

function pythonFolders(lib: string): string[] {
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .filter((entry) => /^python3/.test(entry))
    .map((entry) => join(lib, entry));
}
