/** A RabbitMQ that the tests may use. Disposing it stops it if this run started it. */
export interface RabbitServer extends AsyncDisposable {
  /** Where it came from, for the one line that says so. */
  readonly origin: string;
  readonly uri: string;
  /** Where its management API is, when that is known to stand elsewhere than on port 15672 of the same host. */
  readonly managementUri?: string;
}
