/** Numbers of a batch on the host, which become a tensor: row-major, float32 or int32. */
export interface HostTable {
  values: Float32Array | Int32Array;
  shape: readonly number[];
}
