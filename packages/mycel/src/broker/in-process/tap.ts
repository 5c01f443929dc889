import type { Parcel } from './parcel.ts';

/**
 * Stands between a client and the engine, at the moment something arrives: it may pass it on, change it, or let it
 * vanish by returning `undefined`. It sees a parcel before the engine or the client does, and never sees one twice.
 */
export interface Tap {
  readonly toBroker?: (parcel: Parcel) => Parcel | undefined;
  readonly toClient?: (parcel: Parcel) => Parcel | undefined;
}
