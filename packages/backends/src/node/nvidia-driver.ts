import { existsSync } from 'node:fs';

/** Files that show NVIDIA's driver: on Linux, in its containers, and in Linux on Windows. */
const NVIDIA_DEVICES = ['/dev/nvidiactl', '/dev/nvidia0', '/usr/lib/wsl/lib/libcuda.so.1'];

/** Whether this machine has NVIDIA's driver, and so a GPU for it. */
export function hasNvidiaDriver(): boolean {
  return NVIDIA_DEVICES.some((file) => existsSync(file));
}
