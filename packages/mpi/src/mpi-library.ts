import type Koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import { MpiError } from './mpi-error.js';
import type { Launch } from './launcher.js';

/** The two binary interfaces of MPI libraries. */
export type Flavor = 'Open MPI' | 'MPICH';

/** An argument of a C function: a number, an address, or memory. */
type Argument = number | bigint | object | null;
/** A function of the library that returns an error code. */
export type MpiFunction = (...args: Argument[]) => number;

/** What a handle (`MPI_Comm`, `MPI_Op`, ...) is: an address in Open MPI, a number in MPICH. */
export type Handle = Argument;

/** The functions that are called, with their parameters. H is a handle. */
const FUNCTIONS = {
  MPI_Init_thread: 'void *, void *, int, void *',
  MPI_Finalize: '',
  MPI_Abort: 'H, int',
  MPI_Comm_rank: 'H, void *',
  MPI_Comm_size: 'H, void *',
  MPI_Comm_dup: 'H, void *',
  MPI_Comm_set_errhandler: 'H, H',
  MPI_Error_string: 'int, void *, void *',
  MPI_Get_library_version: 'void *, void *',
  MPI_Iallreduce: 'void *, void *, int, H, H, H, void *',
  MPI_Ibcast: 'void *, int, H, int, H, void *',
  MPI_Iallgather: 'void *, int, H, void *, int, H, H, void *',
  MPI_Iallgatherv: 'void *, int, H, void *, void *, void *, H, H, void *',
  MPI_Ibarrier: 'H, void *',
  MPI_Test: 'void *, void *, void *',
} as const;

/** A loaded MPI library: its functions by name, and its constants. */
export interface MpiLibrary extends Record<keyof typeof FUNCTIONS, MpiFunction> {
  flavor: Flavor;
  /** What was loaded. */
  file: string;
  world: Handle;
  float: Handle;
  double: Handle;
  byte: Handle;
  add: Handle;
  errorsReturn: Handle;
  inPlace: bigint;
  statusIgnore: bigint;
  /** Reads a handle that a function wrote. */
  readHandle(memory: Uint8Array): Handle;
}

/** File names of the libraries of each flavor. Intel MPI and Cray's have the names of the ABI initiative. */
const FILES: Record<Flavor, readonly string[]> =
  process.platform === 'darwin'
    ? {
        'Open MPI': ['libmpi.40.dylib', '/opt/homebrew/lib/libmpi.40.dylib', '/usr/local/lib/libmpi.40.dylib'],
        MPICH: ['libmpi.12.dylib', '/opt/homebrew/lib/libmpi.12.dylib', '/usr/local/lib/libmpi.12.dylib'],
      }
    : { 'Open MPI': ['libmpi.so.40'], MPICH: ['libmpich.so.12', 'libmpi.so.12'] };

/** What installs a library. */
const INSTALL: Record<Flavor, string> = {
  'Open MPI': 'apt-get install openmpi-bin libopenmpi-dev, or module load openmpi',
  MPICH: 'apt-get install mpich, or module load mpich',
};

/**
 * Loads koffi and the MPI library that belongs to the launcher.
 *
 * @param named path of another library (ONESTEP_MPI_LIBRARY)
 * @throws MpiError that says what to install, or which library belongs to another launcher
 */
export async function loadMpiLibrary({ launcher }: Launch, named?: string): Promise<MpiLibrary> {
  const koffi = await importKoffi();
  const flavors: Flavor[] =
    launcher === 'Open MPI' ? ['Open MPI'] : launcher === 'MPICH' ? ['MPICH'] : ['Open MPI', 'MPICH'];
  const files = named !== undefined ? [named] : flavors.flatMap((flavor) => FILES[flavor]);
  const problems: string[] = [];
  for (const file of files) {
    let library: LibraryHandle;
    try {
      // Open MPI's plug-ins look for its symbols among the global ones.
      library = koffi.load(file, { global: true });
    } catch (error) {
      problems.push((error as Error).message.trim());
      continue;
    }
    const flavor = flavorOf(library);
    if (flavors.includes(flavor)) return describe(library, flavor, file);
    throw new MpiError(
      `${file} is a library of ${flavor}, and this process was started by ${launcher}. Start it with ${flavor}'s mpirun, or ` +
        'set ONESTEP_MPI_LIBRARY to a library of the launcher.',
    );
  }
  if (named !== undefined) {
    throw new MpiError(`ONESTEP_MPI_LIBRARY is '${named}', which cannot be loaded: ${problems.join('; ')}.`);
  }
  throw new MpiError(
    `This process was started by ${launcher}, and its MPI library cannot be loaded (${problems.join('; ')}). Install it ` +
      `(${flavors.map((flavor) => INSTALL[flavor]).join('; ')}), or set ONESTEP_MPI_LIBRARY to its path.`,
  );
}

async function importKoffi(): Promise<typeof Koffi> {
  try {
    return (await import('koffi')).default;
  } catch (error) {
    throw new MpiError(
      'This process was started as one of several, and those need the npm package koffi, which calls the MPI library: npm ' +
        `install koffi (${String((error as Error).message).split('\n')[0]}).`,
    );
  }
}

function flavorOf(library: LibraryHandle): Flavor {
  try {
    library.symbol('ompi_mpi_comm_world');
    return 'Open MPI';
  } catch {
    return 'MPICH';
  }
}

function describe(library: LibraryHandle, flavor: Flavor, file: string): MpiLibrary {
  const handle = flavor === 'Open MPI' ? 'void *' : 'int';
  const functions = Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, parameters]): [string, MpiFunction] => [
      name,
      library.func(`int ${name}(${parameters.replaceAll('H', handle)})`),
    ]),
  ) as Record<keyof typeof FUNCTIONS, MpiFunction>;
  return { ...functions, flavor, file, ...(flavor === 'Open MPI' ? openMpiConstants(library) : MPICH_CONSTANTS) };
}

type Constants = Omit<MpiLibrary, keyof typeof FUNCTIONS | 'flavor' | 'file'>;

/** Open MPI's mpi.h: handles are the addresses of these variables. */
function openMpiConstants(library: LibraryHandle): Constants {
  const address = (name: string): Handle => library.symbol(name) as Handle;
  return {
    world: address('ompi_mpi_comm_world'),
    float: address('ompi_mpi_float'),
    double: address('ompi_mpi_double'),
    byte: address('ompi_mpi_byte'),
    add: address('ompi_mpi_op_sum'),
    errorsReturn: address('ompi_mpi_errors_return'),
    inPlace: 1n,
    statusIgnore: 0n,
    readHandle: (memory) => new DataView(memory.buffer, memory.byteOffset).getBigUint64(0, true),
  };
}

/** mpi.h of MPICH and of the libraries with its binary interface (MPICH ABI compatibility initiative). */
const MPICH_CONSTANTS: Constants = {
  world: 0x44000000,
  float: 0x4c00040a,
  double: 0x4c00080b,
  byte: 0x4c00010d,
  add: 0x58000003,
  errorsReturn: 0x54000001,
  inPlace: 0xffff_ffff_ffff_ffffn,
  statusIgnore: 1n,
  readHandle: (memory) => new DataView(memory.buffer, memory.byteOffset).getInt32(0, true),
};
