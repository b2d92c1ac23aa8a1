/**
 * Tests of tfjs-core that fail on this backend, with the reason. A test that passes must be removed, or the conformance run
 * fails.
 */
export const KNOWN_FAILURES: Readonly<Record<string, string>> = {
  'einsum nonexistent dimension throws error':
    "It expects the exact message. This backend's message adds the kernel's name and the shapes of its inputs.",
};
