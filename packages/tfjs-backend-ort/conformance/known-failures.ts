/**
 * Tests of tfjs-core that fail on this backend, with the reason. One that passes after all must be taken out, or the
 * conformance run fails.
 */
export const KNOWN_FAILURES: Readonly<Record<string, string>> = {
  'einsum nonexistent dimension throws error':
    "It expects the exact message; this backend's says the same, after the kernel's name and the shapes of its inputs.",
};
