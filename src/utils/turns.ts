/** Lets at most so many pieces of work go on at once; the others wait in turn. */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  /** @param free How many may go on. */
  constructor(private free: number) {}

  /** Does `work` when it is its turn; gives or throws what it does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((turn) => this.waiting.push(turn));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
