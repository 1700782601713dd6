import * as tf from '@tensorflow/tfjs-node';

/** Tells how long the last epoch took, with its validation; what `fit` does before and after its epochs is left out. */
export class EpochTime extends tf.Callback {
  seconds = 0;
  private start = 0;

  override async onEpochBegin(): Promise<void> {
    this.start = performance.now();
  }

  override async onEpochEnd(): Promise<void> {
    this.seconds = (performance.now() - this.start) / 1000;
  }
}
