import * as tf from '../tf';
import { divergence } from '../tfjs/terminate_on_nan';
import { checkOptions } from '../utils/check_options';

/** The arguments of `terminateOnNaN`. */
export interface TerminateOnNaNArgs {
  /** Whether `fit` throws instead of ending as usual. Defaults to false. */
  raiseError?: boolean;
}

/**
 * For programs that know it from Keras: every training stops where its loss or its weights are NaN or infinite, with or
 * without this callback. It can only have `fit` throw then. Source: `keras.callbacks.TerminateOnNaN`.
 */
export class TerminateOnNaN extends tf.Callback {
  private readonly raiseError: boolean;

  /** @throws Error when an option is unknown. */
  constructor(args: TerminateOnNaNArgs = {}) {
    super();
    checkOptions('TerminateOnNaN', args, { raiseError: true });
    this.raiseError = args.raiseError ?? false;
  }

  /** @throws Error when the loss is NaN or infinite, where asked. */
  override async onBatchEnd(): Promise<void> {
    this.check();
  }

  /** @throws Error when weights are NaN or infinite, where asked. */
  override async onEpochEnd(): Promise<void> {
    this.check();
  }

  private check(): void {
    const why = divergence(this.model);
    if (this.raiseError && why) throw new Error(why);
  }
}

/**
 * A callback that lets `fit` throw when the loss is NaN or infinite; it stops then in any case.
 *
 * @throws Error when an option is unknown.
 * @example
 * callbacks.terminateOnNaN({ raiseError: true });
 */
export function terminateOnNaN(args: TerminateOnNaNArgs = {}): TerminateOnNaN {
  return new TerminateOnNaN(args);
}
