/** An engine does not work on this machine. The message says what is missing, and what to install or use instead. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  /** Whether a setting has a wrong value, rather than something being missing. */
  readonly isWrongSetting: boolean;

  constructor(
    message: string,
    { isWrongSetting = false, ...options }: ErrorOptions & { isWrongSetting?: boolean } = {},
  ) {
    super(message, options);
    this.isWrongSetting = isWrongSetting;
  }
}
