import { writeModel } from '../onnx/model.js';
import { Session, viewOnDevice, wrap, type NativeTensor, type TensorData } from './binding.js';
import type { Provider } from './provider.js';

type ElementType = 'float32' | 'int32' | 'bool';

const BYTES = { float32: 4, int32: 4, bool: 1 } as const;

/** Memory on a device that holds the values of one or more tensors. It is never written again. */
export class DeviceBuffer {
  private owners = 1;

  constructor(
    private readonly memory: DeviceMemory,
    private readonly session: Session,
    private readonly tensor: NativeTensor,
    /** The same as a graph input. */
    readonly feed: NativeTensor,
    readonly bytes: number,
  ) {
    session.retain();
  }

  /** One more owner. */
  share(): this {
    this.owners++;
    return this;
  }

  /** One owner less; without any the memory is free. */
  release(): void {
    if (--this.owners === 0) this.memory.forget(this);
  }

  /** Frees the memory, whoever owns it: for {@link DeviceMemory}. */
  free(): void {
    this.tensor.dispose();
    this.session.release();
  }
}

/** The device memory of one backend: what lives there, and the ways in and out. */
export class DeviceMemory {
  /** Bytes of tensors. What onnxruntime keeps besides, for reuse and while a graph runs, it does not tell. */
  bytes = 0;
  private readonly buffers = new Set<DeviceBuffer>();
  private readonly copiers = new Map<string, Session>();

  constructor(private readonly provider: Provider) {}

  /** Runs a graph whose results stay here. */
  compute(session: Session, feeds: Record<string, NativeTensor>, outputs: readonly string[]): DeviceBuffer[] {
    return session.compute(feeds, outputs).map((tensor) => {
      const { size, type } = tensor;
      const bytes = size * BYTES[type as ElementType];
      const buffer = new DeviceBuffer(this, session, tensor, viewOnDevice(tensor, [size]), bytes);
      this.buffers.add(buffer);
      this.bytes += bytes;
      return buffer;
    });
  }

  /** Copies host values here. */
  upload(type: ElementType, data: TensorData): DeviceBuffer {
    return this.compute(this.copier(type, true), { x: wrap(type, data, [data.length]) }, ['y'])[0]!;
  }

  /** Copies values to the host, into `target`. (A device tensor's own `getData` ends the process.) */
  download(buffer: DeviceBuffer, type: ElementType, target: TensorData): void {
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

  /** A graph that only copies, for any size. (Truth values it copies by way of the CPU, which does no harm here.) */
  private copier(type: ElementType, onDevice: boolean): Session {
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
