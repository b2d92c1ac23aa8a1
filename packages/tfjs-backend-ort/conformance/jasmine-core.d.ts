declare module 'jasmine-core' {
  /** Defines describe, it, expect and the rest as globals; takes the module itself. */
  const jasmineRequire: { boot(self: unknown): unknown };
  export default jasmineRequire;
}
