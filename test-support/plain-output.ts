/**
 * Vitest sets FORCE_COLOR for its workers where its own output is in color. The program and what it starts would write escape
 * codes into pipes then, and tests would read another text in a terminal than in a file.
 */
Reflect.deleteProperty(process.env, 'FORCE_COLOR');
