export { connectInProcess, type InProcessOptions } from './connect-in-process.ts';
export { InProcessSource } from './in-process-source.ts';
export type { Parcel } from './parcel.ts';
export type { Tap } from './tap.ts';
