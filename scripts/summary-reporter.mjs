/** Number of files that are named. */
const SLOWEST = 10;

/** Ends a test run with the slowest files, and one plain line, `N passed, N failed, N skipped`, for scripts to read. */
export default class SummaryReporter {
  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      // A file that could not even be loaded has no tests: it counts as one failure.
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state in count) count[state] += 1;
      }
    }
    this.line =
      `${count.passed} passed, ${count.failed} failed` + (count.skipped > 0 ? `, ${count.skipped} skipped` : '');
    const slowest = modules
      .map((module) => ({ name: module.relativeModuleId, seconds: secondsOf(module.diagnostic()) }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, SLOWEST)
      .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`);
    process.on('exit', () => console.log(['The slowest files:', ...slowest, '', this.line].join('\n')));
  }
}

/** Imports, hooks and tests. */
function secondsOf({ collectDuration, duration }) {
  return (collectDuration + duration) / 1000;
}
