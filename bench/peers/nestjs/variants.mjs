/** What the variants differ in. Without acknowledgements events are transient as well, as both are by default. */
export const variants = {
  'auto-ack': { noAck: true, persistent: false, noDelay: false },
  acks: { noAck: false, persistent: true, noDelay: false },
  'acks, tuned': { noAck: false, persistent: true, noDelay: true },
};
