/** Lets what arrives in turn begin in that order, although the check of one may take longer than that of the next. */
export class ArrivalOrder {
  #last: Promise<unknown> | undefined;

  /** Whether something waits for its check: what arrives now must wait behind it. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /** Begins with what was checked, once all that came before has begun. Rejects as the check or `begin` does. */
  enter<Checked, Result>(
    check: Checked | PromiseLike<Checked>,
    begin: (checked: Checked) => Promise<Result>,
  ): Promise<Result> {
    const checked = Promise.resolve(check);
    checked.catch(() => {}); // it is looked at below, perhaps later
    const begun = Promise.resolve(this.#last)
      .then(() => checked)
      .then((value) => ({ result: begin(value) })); // others do not wait for the result
    const last: Promise<void> = begun.then(
      () => this.#leave(last),
      () => this.#leave(last),
    );
    this.#last = last;
    return begun.then(({ result }) => result);
  }

  #leave(entered: Promise<unknown>): void {
    if (this.#last === entered) this.#last = undefined;
  }
}
