/** A reporter of vitest that keeps the counts and the failures in the file GPU_CHECK_FIGURES, also of a run that is stopped. */
import { renameSync, writeFileSync } from 'node:fs';

/** Number of failures that are listed. */
const LISTED = 50;

export default class TestReporter {
  figures = { passed: 0, failed: 0, skipped: 0, failures: [] };

  onTestCaseResult(test) {
    const { state, errors } = test.result();
    if (state in this.figures) this.figures[state] += 1;
    if (state === 'failed') this.list(`${test.module.relativeModuleId}: ${test.fullName}`, errors);
    this.write();
  }

  onTestModuleEnd(module) {
    this.count(module.errors(), module.relativeModuleId);
  }

  onTestRunEnd(_modules, errors) {
    this.count(errors, 'outside a test');
    this.write();
  }

  /** Counts errors that are not a test's. */
  count(errors, where) {
    if (errors.length === 0) return;
    this.figures.failed += 1;
    this.list(where, errors);
    this.write();
  }

  list(name, errors) {
    const message = String(errors?.[0]?.message ?? '')
      .split('\n')[0]
      .slice(0, 300);
    if (this.figures.failures.length < LISTED) this.figures.failures.push({ name, message });
  }

  write() {
    const file = process.env.GPU_CHECK_FIGURES;
    const { passed, failed } = this.figures;
    if (failed > 0) this.figures.error = `${failed} of ${passed + failed} tests failed`;
    writeFileSync(`${file}.tmp`, JSON.stringify(this.figures));
    renameSync(`${file}.tmp`, file);
  }
}
