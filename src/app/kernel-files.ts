import { closeSync, openSync } from "node:fs";

/** Those among the watched files whose inode the kernel makes anew whenever memory is short. */
const FILES = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe"];

/**
 * Keeps these files open, without reading them. An audit rule on a file below /proc/sys goes by its inode, and is blind
 * once the kernel has given that up (seen on Linux 6.18 after one write to drop_caches): an open file keeps it.
 */
export function holdKernelFiles(): Disposable {
  const descriptors = FILES.flatMap((file) => {
    try {
      return [openSync(file, "r")];
    } catch {
      // Not in this kernel.
      return [];
    }
  });
  return {
    [Symbol.dispose]() {
      for (const descriptor of descriptors) closeSync(descriptor);
    },
  };
}
