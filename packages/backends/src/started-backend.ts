/** An engine that runs. */
export interface StartedBackend {
  /** What `tf.getBackend()` says now. */
  tfjsName: string;
  /** What was found, in one line: the engine, its version, what it runs on. */
  description: string;
}
