/** How much there may be at once: of events on the wire, or of events that wait. */
export interface PublishLimits {
  readonly messages: number;
  readonly bytes: number;
}
