import { checkOptions } from './check_options';
import { inNotebook, type LiveDisplay, liveDisplay } from './notebook';

const WIDTH = 20;
const REDRAW_MS = 200;

/** The arguments of `progbar`. */
export interface ProgbarArgs {
  /** How many steps there are; 0 where that is not known. */
  target: number;
}

/** Seconds as people read them: 75 is 1m 15s. */
export function formatTime(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m ${whole % 60}s`;
}

/** A bar, how many steps are done, and the time that it took and will take. */
export function formatBar(done: number, target: number, seconds: number): string {
  const filled = target > 0 ? Math.min(WIDTH, Math.floor((done / target) * WIDTH)) : 0;
  const left = target > 0 && done > 0 ? `, ${formatTime((seconds / done) * Math.max(0, target - done))} left` : '';
  return `${'━'.repeat(filled)}${'─'.repeat(WIDTH - filled)} ${done}/${target || '?'} - ${formatTime(seconds)}${left}`;
}

/** Shows how far a loop is: a bar updated in place in a notebook, a line at the end elsewhere. */
export class Progbar {
  private readonly start = performance.now();
  private readonly display: LiveDisplay | undefined = inNotebook() ? liveDisplay() : undefined;
  private lastDraw = Number.NEGATIVE_INFINITY;

  /** Counts up to `target` steps; 0 where their number is not known. */
  constructor(private readonly target: number) {}

  /** Tells that `current` steps are done. */
  update(current: number): void {
    const now = performance.now();
    const seconds = (now - this.start) / 1000;
    if (current === this.target) {
      const text = `${current}/${this.target} in ${formatTime(seconds)}`;
      if (this.display) this.display.update({ 'text/plain': text });
      else console.log(text);
    } else if (this.display && now - this.lastDraw >= REDRAW_MS) {
      this.lastDraw = now;
      this.display.update({ 'text/plain': formatBar(current, this.target, seconds) });
    }
  }
}

/**
 * A progress bar for a loop of your own.
 *
 * Source: `keras.utils.Progbar`.
 *
 * @throws Error when an option is unknown.
 * @example
 * const bar = utils.progbar({ target: dataset.size });
 * for (let step = 1; step <= dataset.size; step++) bar.update(step);
 */
export function progbar(args: ProgbarArgs): Progbar {
  checkOptions('progbar', args, { target: true });
  return new Progbar(args.target);
}
