/** A request that was not answered as it should be: RFC 9457, or what stands for it when the server is silent. */
export class Problem extends Error {
  /**
   * @param {{status: number, code: string, detail?: string, context?: Record<string, unknown>}} facts
   *   status 0 if no answer came
   */
  constructor({ status, code, detail = "", context = {} }) {
    super(detail || code);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.context = context;
  }

  /** Whether trying again may help without anything being changed. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}
