import { nativeCall } from '../native-calls/call-table.js';
import { writeModel } from '../onnx/model.js';
import type { NumericType } from '../tensor-spec.js';
import { type NativeTensor, Session, type TensorData, viewOnDevice, wrap } from './binding.js';
import type { Provider } from './provider.js';

const BYTES = { float32: 4, int32: 4, bool: 1 } as const;

/** Device memory that holds the elements of one or more values. It is never overwritten. */
export class DeviceBuffer {
  private owners = 1;

  constructor(
    private readonly memory: DeviceMemory,
    private readonly session: Session,
    private readonly tensor: NativeTensor,
    /** The memory as a graph input. */
    readonly feed: NativeTensor,
    readonly bytes: number,
  ) {
    session.retain();
  }

  /** Adds an owner. */
  share(): this {
    this.owners++;
    return this;
  }

  /** Removes an owner. Without owners the memory is freed. */
  release(): void {
    if (--this.owners === 0) this.memory.forget(this);
  }

  /** Frees the memory even if it has owners. For {@link DeviceMemory}. */
  free(): void {
    nativeCall(() => this.tensor.dispose());
    this.session.release();
  }
}

/** The device memory of one backend. */
export class DeviceMemory {
  /** Bytes of tensors. onnxruntime does not report what else it keeps for reuse and while a graph runs. */
  bytes = 0;
  private readonly buffers = new Set<DeviceBuffer>();
  private readonly copiers = new Map<string, Session>();

  constructor(private readonly provider: Provider) {}

  /** Runs a graph and leaves its results on the device. */
  compute(session: Session, feeds: Record<string, NativeTensor>, outputs: readonly string[]): DeviceBuffer[] {
    return session.compute(feeds, outputs).map((tensor) => {
      const { size, type } = tensor;
      const bytes = size * BYTES[type as NumericType];
      const buffer = new DeviceBuffer(this, session, tensor, viewOnDevice(tensor, [size]), bytes);
      this.buffers.add(buffer);
      this.bytes += bytes;
      return buffer;
    });
  }

  /** Copies elements from the host to the device. */
  upload(type: NumericType, data: TensorData): DeviceBuffer {
    return this.compute(this.copier(type, true), { x: wrap(type, data, [data.length]) }, ['y'])[0]!;
  }

  /** Copies elements to the host, into `target`. (A device tensor's own `getData` crashes the process.) */
  download(buffer: DeviceBuffer, type: NumericType, target: TensorData): void {
    this.copier(type, false).run({ x: buffer.feed }, { y: wrap(type, target, [target.length]) });
  }

  /** Frees one buffer. */
  forget(buffer: DeviceBuffer): void {
    if (!this.buffers.delete(buffer)) return;
    this.bytes -= buffer.bytes;
    buffer.free();
  }

  /** Frees everything. */
  dispose(): void {
    for (const buffer of this.buffers) this.forget(buffer);
    for (const session of this.copiers.values()) session.dispose();
    this.copiers.clear();
  }

  /** A graph of any size that only copies. (For booleans it runs on the CPU, which is harmless here.) */
  private copier(type: NumericType, onDevice: boolean): Session {
    const key = `${type} ${onDevice}`;
    let session = this.copiers.get(key);
    if (!session) {
      const info = (name: string) => ({ name, type, dims: ['size'] });
      const model = writeModel({
        nodes: [{ op: 'Identity', domain: '', inputs: ['x'], outputs: ['y'], attributes: {} }],
        initializers: [],
        inputs: [info('x')],
        outputs: [info('y')],
      });
      session = new Session(model, { threads: 1, provider: this.provider, onDevice });
      this.copiers.set(key, session);
    }
    return session;
  }
}
