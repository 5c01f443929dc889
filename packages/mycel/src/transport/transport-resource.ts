import { transportKey, type Transport } from './transport.ts';

/** A transport as what the services of a process share: give it to a runner among its resources. */
export function transportResource(transport: Transport): {
  readonly key: typeof transportKey;
  open(): Promise<Transport>;
  close(): Promise<void>;
} {
  return {
    key: transportKey,
    async open() {
      await transport.open();
      return transport;
    },
    close: () => transport.close(),
  };
}
