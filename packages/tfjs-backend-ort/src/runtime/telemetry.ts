/**
 * Keeps ONNX Runtime from reporting to Microsoft. Since version 1.29 it does so on Linux and macOS unless the environment says otherwise: each
 * process and session, with an identifier of the machine that it keeps on disk. Nobody who trains a network here has agreed to that.
 *
 * It is asked once in a process, when it starts. `ORT_DISABLE_TELEMETRY=0` lets it report. A thread has no environment of its own that
 * libraries see: it has to be called in the main thread, before the first thread that loads ONNX Runtime.
 *
 * @see https://github.com/microsoft/onnxruntime/pull/27379
 */
export function refuseTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
}
