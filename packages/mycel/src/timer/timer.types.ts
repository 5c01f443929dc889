// What the compiler says of `@timer`: this file is checked, never run.
import { timer } from './timer.ts';

export class Clock {
  @timer({ interval: '10s' })
  async tick(): Promise<void> {}

  // @ts-expect-error a timer gives no arguments
  @timer({ interval: 1000 })
  takesSome(_now: Date): void {}

  // @ts-expect-error not a duration
  @timer({ interval: '10 seconds' })
  badInterval(): void {}

  // @ts-expect-error an interval is needed
  @timer({})
  noInterval(): void {}
}
