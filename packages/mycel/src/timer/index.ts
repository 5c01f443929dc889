export { timer } from './timer.ts';
export { TimerEntrypoint, type TimerOptions } from './timer-entrypoint.ts';
