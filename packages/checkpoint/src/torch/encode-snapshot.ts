import { concatBytes } from '../bytes/concat-bytes.js';
import { bytesPerElement } from '../dtype.js';
import { dtypeOf, elementCount, type HostTensor, type StateDict } from '../host-tensor.js';
import { Pickler, type Picklable } from '../pickle/pickler.js';
import { OrderedDict, tuple, type PythonValue } from '../pickle/python-values.js';
import { STORAGE_CLASSES } from './torch-storage.js';

/** A network for a snapshot, in the layout of the published code's "persistent" objects. */
export interface SnapshotModule {
  /** Name of its class in `source`, such as `EDMPrecond`. */
  className: string;
  /** Python text that the reader runs to have the class. */
  source: string;
  /** Arguments of its constructor. */
  kwargs: ReadonlyMap<string, PythonValue>;
  /** Its state dict. */
  tensors: StateDict;
  /** Whether a tensor of the state dict is a buffer, and not a parameter. */
  isBuffer(name: string): boolean;
}

/** The version of the published `torch_utils.persistence`. */
const PERSISTENCE_VERSION = 6;
/** Dicts that every torch.nn.Module has. */
const HOOKS = [
  '_backward_hooks',
  '_forward_hooks',
  '_forward_pre_hooks',
  '_state_dict_hooks',
  '_load_state_dict_pre_hooks',
  '_load_state_dict_post_hooks',
];
/** The limit of BINBYTES. */
const MAX_STORAGE_BYTES = 2 ** 32 - 1024;

/**
 * A network snapshot as the published code pickles it: a dict with the network under the name `ema`. The network is an
 * object of `torch_utils.persistence`. Its parts are plain `torch.nn.Module`s with nothing but their tensors, so `source` has
 * to build the layers. The file comes in pieces, the elements of a tensor when its turn comes.
 *
 * @param rest further entries of the dict
 * @throws naming a tensor that PyTorch has no type for, or whose shape does not fit its elements
 */
export function* snapshotChunks(
  module: SnapshotModule,
  rest: ReadonlyMap<string, Picklable> = new Map(),
): Generator<Uint8Array> {
  const writer = new SnapshotWriter(module.isBuffer);
  const bytes = writer.write(module, rest);
  let done = 0;
  for (const { at, name, tensor } of writer.elements) {
    yield bytes.subarray(done, at);
    done = at;
    const { shape, data } = tensor;
    if (data.length !== elementCount(shape)) {
      throw new Error(`${name}: shape [${shape}] does not hold ${data.length} elements.`);
    }
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  yield bytes.subarray(done);
}

/** Modules by the names in a state dict. */
interface Part {
  tensors: Map<string, HostTensor>;
  children: Map<string, Part>;
}

type Entry = [name: string, push: () => void];

/** Writes the instructions of a snapshot, and notes where the elements of tensors belong. */
class SnapshotWriter {
  readonly elements: { at: number; name: string; tensor: HostTensor }[] = [];
  private readonly pickler = new Pickler(() => {
    throw new Error('Only the network of a snapshot may have tensors.');
  }, 3);

  constructor(private readonly isBuffer: (name: string) => boolean) {}

  write(module: SnapshotModule, rest: ReadonlyMap<string, Picklable>): Uint8Array {
    const others = [...rest].map(([name, value]) => this.entry(name, value));
    return this.pickler.dumpWith(() => this.dict([['ema', () => this.persistent(module)], ...others]));
  }

  private persistent({ className, source, kwargs, tensors }: SnapshotModule): void {
    this.call('torch_utils.persistence', '_reconstruct_persistent_obj', () =>
      this.dict([
        this.entry('type', 'class'),
        this.entry('version', PERSISTENCE_VERSION),
        this.entry('module_src', source),
        this.entry('class_name', className),
        [
          'state',
          () =>
            this.state(partsOf(tensors), '', [
              this.entry('_init_args', tuple([])),
              this.entry('_init_kwargs', new Map(kwargs)),
            ]),
        ],
      ]),
    );
  }

  /** The `__dict__` of a module. */
  private state({ tensors, children }: Part, prefix: string, more: readonly Entry[] = []): void {
    const all = [...tensors].map(([name, tensor]) => ({ name, path: prefix + name, tensor }));
    const group = (isBuffers: boolean) => () =>
      this.dict(
        all
          .filter(({ path }) => this.isBuffer(path) === isBuffers)
          .map(({ name, path, tensor }): Entry => [
            name,
            () => (isBuffers ? this.tensor(path, tensor) : this.parameter(path, tensor)),
          ]),
      );
    const modules = [...children].map(([name, part]): Entry => [name, () => this.module(part, `${prefix}${name}.`)]);
    this.dict([
      this.entry('training', false),
      ['_parameters', group(false)],
      ['_buffers', group(true)],
      this.entry('_non_persistent_buffers_set', new Set()),
      this.entry('_is_full_backward_hook', null),
      ...HOOKS.map((name) => this.entry(name, new OrderedDict())),
      ['_modules', () => this.dict(modules)],
      ...more,
    ]);
  }

  private module(part: Part, prefix: string): void {
    this.pickler.pushGlobal('torch.nn.modules.module', 'Module');
    this.pickler.write(0x29, 0x81); // EMPTY_TUPLE NEWOBJ
    this.state(part, prefix);
    this.pickler.write(0x62); // BUILD
  }

  private parameter(name: string, tensor: HostTensor): void {
    this.call('torch._utils', '_rebuild_parameter', () => {
      this.tensor(name, tensor);
      this.pickler.push(false);
      this.pickler.push(new OrderedDict());
    });
  }

  private tensor(name: string, tensor: HostTensor): void {
    const { shape } = tensor;
    const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
    this.call('torch._utils', '_rebuild_tensor_v2', () => {
      this.call('torch.storage', '_load_from_bytes', () => this.storage(name, tensor));
      for (const item of [0, tuple([...shape]), tuple(strides), false, new OrderedDict()]) this.pickler.push(item);
    });
  }

  /** A storage as bytes: a legacy file of `torch.save` of its own. The elements are left out, and noted. */
  private storage(name: string, tensor: HostTensor): void {
    const dtype = dtypeOf(tensor);
    const count = elementCount(tensor.shape);
    const storageClass = STORAGE_CLASSES[dtype];
    const size = count * bytesPerElement(dtype);
    if (storageClass === undefined)
      throw new Error(`${name}: PyTorch files cannot hold tensors of type ${dtype}; a .safetensors file can.`);
    if (size > MAX_STORAGE_BYTES) throw new Error(`${name}: a tensor of ${size} bytes is too large for a .pkl file.`);
    const head = legacyHead(storageClass, count);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, head.length + size, true);
    this.pickler.write(0x42, ...length, ...head); // BINBYTES
    this.elements.push({ at: this.pickler.length, name, tensor });
  }

  private call(module: string, name: string, pushArguments: () => void): void {
    this.pickler.pushGlobal(module, name);
    this.pickler.write(0x28); // MARK
    pushArguments();
    this.pickler.write(0x74, 0x52); // TUPLE REDUCE
  }

  private dict(entries: readonly Entry[]): void {
    this.pickler.write(0x7d, 0x28); // EMPTY_DICT MARK
    for (const [name, push] of entries) {
      this.pickler.push(name);
      push();
    }
    this.pickler.write(0x75); // SETITEMS
  }

  private entry(name: string, value: Picklable): Entry {
    return [name, () => this.pickler.push(value)];
  }
}

/** The modules that the names of a state dict stand for: `model.enc.conv.weight` is `weight` of `model.enc.conv`. */
function partsOf(tensors: StateDict): Part {
  const root: Part = { tensors: new Map(), children: new Map() };
  for (const [path, tensor] of Object.entries(tensors)) {
    const names = path.split('.');
    const last = names.pop()!;
    let part = root;
    for (const name of names) {
      const child = part.children.get(name) ?? { tensors: new Map(), children: new Map() };
      part.children.set(name, child);
      part = child;
    }
    part.tensors.set(last, tensor);
  }
  return root;
}

/** A legacy file of `torch.save` of one storage, up to its elements. */
function legacyHead(storageClass: string, count: number): Uint8Array {
  const pickle = (write: (pickler: Pickler) => void): Uint8Array => {
    const pickler = new Pickler(() => undefined);
    return pickler.dumpWith(() => write(pickler));
  };
  const sizes = new Map(Object.entries({ short: 2, int: 4, long: 4 }));
  const system: [string, Picklable][] = [
    ['protocol_version', 1001],
    ['little_endian', true],
    ['type_sizes', sizes],
  ];
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(count), true);
  return concatBytes([
    pickle((p) => p.push(0x1950a86a20f9469cfc6cn)),
    pickle((p) => p.push(1001)),
    pickle((p) => p.push(new Map(system))),
    pickle((p) => {
      p.write(0x28); // MARK
      p.push('storage');
      p.pushGlobal('torch', storageClass);
      for (const item of ['0', 'cpu', count, null]) p.push(item);
      p.write(0x74, 0x51); // TUPLE BINPERSID
    }),
    pickle((p) => p.push(['0'])),
    length,
  ]);
}
