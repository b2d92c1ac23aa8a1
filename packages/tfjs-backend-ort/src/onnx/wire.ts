/** Appends protobuf wire format to a growing buffer: just the field kinds that an ONNX model needs. */
export class WireWriter {
  private buffer = Buffer.allocUnsafe(1024);
  private length = 0;

  /** The bytes written so far. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** An integer field (int32, int64, enum); negative numbers take the ten-byte form protobuf prescribes. */
  int(field: number, value: number): void {
    this.varint(field * 8);
    if (value >= 0) this.varint(value);
    else this.bigVarint(BigInt.asUintN(64, BigInt(value)));
  }

  /** A 32-bit float field. */
  float(field: number, value: number): void {
    this.varint(field * 8 + 5);
    this.reserve(4);
    this.buffer.writeFloatLE(value, this.length);
    this.length += 4;
  }

  /** A string field. */
  string(field: number, value: string): void {
    this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** A bytes field, or an embedded message already serialised. */
  bytes(field: number, value: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  /** An embedded message, written by `fill`. */
  message(field: number, fill: (writer: WireWriter) => void): void {
    const inner = new WireWriter();
    fill(inner);
    this.bytes(field, inner.finish());
  }

  private varint(value: number): void {
    this.reserve(10);
    while (value > 127) {
      this.buffer[this.length++] = (value % 128) + 128;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
  }

  private bigVarint(value: bigint): void {
    this.reserve(10);
    while (value > 127n) {
      this.buffer[this.length++] = Number(value & 127n) + 128;
      value >>= 7n;
    }
    this.buffer[this.length++] = Number(value);
  }

  private reserve(extra: number): void {
    if (this.length + extra <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + extra));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
