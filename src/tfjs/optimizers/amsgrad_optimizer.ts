import { hidden } from '../patch';
import * as tf from '../raw';
import { namedGradients, type Slot, slotAt } from './named_gradients';
import type { Gradients } from './optimizer_record';

/** What tfjs hides. */
interface Adam {
  accumulatedFirstMoment: Slot[];
  accumulatedSecondMoment: Slot[];
  accBeta1: tf.Variable;
  accBeta2: tf.Variable;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
}

type NamedTensors = Awaited<ReturnType<tf.Optimizer['getWeights']>>;

/**
 * Adam that divides by the root of the greatest second moment so far, which tfjs lacks. Source: `keras.optimizers.Adam` with
 * `amsgrad=True`; Reddi et al., On the Convergence of Adam and Beyond (2018).
 */
export class AmsgradOptimizer extends tf.AdamOptimizer {
  private greatest: Slot[] = [];

  /** Its name, by which it is told from others. */
  static override get className(): string {
    return 'Amsgrad';
  }

  /** The settings that are left out have Keras's defaults. */
  constructor(learningRate: number, beta1 = 0.9, beta2 = 0.999, epsilon?: number) {
    super(learningRate, beta1, beta2, epsilon);
  }

  /** Takes a step. */
  override applyGradients(gradients: Gradients): void {
    const adam = hidden<Adam>(this);
    const { accBeta1, accBeta2, beta1, beta2 } = adam;
    tf.tidy(() => {
      const rate = tf.sub(1, accBeta2).sqrt().div(tf.sub(1, accBeta1)).mul(adam.learningRate);
      for (const [place, { name, gradient, value }] of namedGradients(gradients).entries()) {
        const [first, second, greatest] = [
          slotAt(adam.accumulatedFirstMoment, place, `${name}/m`, value),
          slotAt(adam.accumulatedSecondMoment, place, `${name}/v`, value),
          slotAt(this.greatest, place, `${name}/vhat`, value),
        ] as const;
        if (!gradient) continue;
        first.assign(first.mul(beta1).add(gradient.mul(1 - beta1)));
        second.assign(second.mul(beta2).add(gradient.square().mul(1 - beta2)));
        greatest.assign(tf.maximum(greatest, second));
        value.assign(value.sub(first.mul(rate).div(greatest.sqrt().add(adam.epsilon))));
      }
      accBeta1.assign(accBeta1.mul(beta1));
      accBeta2.assign(accBeta2.mul(beta2));
    });
    this.incrementIterations();
  }

  /** Frees what it remembers. */
  override dispose(): void {
    super.dispose();
    tf.dispose(this.greatest.map(({ variable }) => variable));
  }

  /** The number of steps, then what it remembers, by kind. */
  override async getWeights(): Promise<NamedTensors> {
    const more = this.greatest.map(({ originalName, variable }) => ({ name: originalName, tensor: variable }));
    return [...(await super.getWeights()), ...more];
  }

  /** Sets what `getWeights` gives. */
  override async setWeights(weights: NamedTensors): Promise<void> {
    const third = 1 + Math.floor(((weights.length - 1) / 3) * 2);
    await super.setWeights(weights.slice(0, third));
    this.greatest = weights
      .slice(third)
      .map(({ name, tensor }) => ({ originalName: name, variable: tensor.variable(false) }));
  }

  /** Its settings. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), amsgrad: true };
  }
}
