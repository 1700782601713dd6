import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as tf from '../tf';
import { wasInterrupted } from '../tfjs/interruptible_fit';
import { logValues, type UnreadLogs } from '../tfjs/log_values';
import { checkOptions } from '../utils/check_options';
import { ifThere } from '../utils/if_there';
import { reason } from '../utils/reason';
import { shown } from '../utils/shown';
import type { RestorableCallback } from './backup_and_restore';

/** The arguments of `csvLogger`. */
export interface CSVLoggerArgs {
  /** The file to write, such as 'results/training.csv'; its folder is made where it is missing. */
  filename: string;
  /** The character between two values. Defaults to ','. */
  separator?: string;
  /** Whether to write below what is in the file, instead of in its place. Defaults to false. */
  append?: boolean;
}

/**
 * Writes the logs of each epoch to a file, a line each: the epoch, counted from 0, then the quantities by name; 'NA' where
 * one is missing. A training that goes on with `BackupAndRestore` has its earlier epochs in the file, too.
 * Source: `keras.callbacks.CSVLogger`.
 */
export class CSVLogger extends tf.Callback implements RestorableCallback {
  private readonly filename: string;
  private readonly separator: string;
  private readonly append: boolean;
  private names: string[] | undefined;
  private hasRows = false;

  /** @throws Error when an option is unknown, there is no filename, or the separator isn't one character. */
  constructor(args: CSVLoggerArgs) {
    super();
    checkOptions('CSVLogger', args, { filename: true, separator: true, append: true });
    const { filename, separator = ',', append = false } = args;
    if (!filename) throw new Error(`Expected filename to be the path of a file. Received: filename=${filename}`);
    if (separator.length !== 1 || '"\r\n'.includes(separator)) {
      throw new Error(`Expected separator to be one character, no quote. Received: separator='${shown(separator)}'`);
    }
    this.filename = filename;
    this.separator = separator;
    this.append = append;
  }

  /** @throws Error when the file can't be written: now, not after an hour of training. */
  override async onTrainBegin(): Promise<void> {
    this.names = undefined;
    await this.writing(async () => {
      await mkdir(dirname(this.filename), { recursive: true });
      const before = this.append ? await ifThere(readFile(this.filename)) : undefined;
      this.hasRows = Boolean(before?.length);
      await writeFile(this.filename, '', { flag: this.append ? 'a' : 'w' });
    });
  }

  /** Writes an epoch anew of which a backup holds the logs, unless the file still has it. */
  async onRestore(epoch: number, logs: Record<string, number>): Promise<void> {
    if (this.hasRows) this.names ??= columns(logs);
    else await this.write(epoch, logs);
  }

  /** @throws Error when the file can't be written. */
  override async onEpochEnd(epoch: number, logs?: UnreadLogs): Promise<void> {
    // An interrupted epoch isn't finished.
    if (!wasInterrupted(this.model)) await this.write(epoch, logValues(logs));
  }

  private async write(epoch: number, logs: Record<string, number>): Promise<void> {
    const isFirst = !this.hasRows && this.names === undefined;
    this.names ??= columns(logs);
    const row = [epoch, ...this.names.map((name) => logs[name] ?? 'NA')];
    const rows = isFirst ? [['epoch', ...this.names], row] : [row];
    await this.writing(() => appendFile(this.filename, rows.map((values) => this.line(values)).join('')));
  }

  /** As Python's `csv` writes it. */
  private line(values: (string | number)[]): string {
    const fields = values.map(String).map((field) => {
      const isPlain = ![this.separator, '"', '\r', '\n'].some((character) => field.includes(character));
      return isPlain ? field : `"${field.replaceAll('"', '""')}"`;
    });
    return `${fields.join(this.separator)}\r\n`;
  }

  private async writing(work: () => Promise<unknown>): Promise<void> {
    await work().catch((error) => {
      throw new Error(`Can't write the log '${shown(this.filename)}'. Choose another filename. (${reason(error)})`);
    });
  }
}

/** The quantities of an epoch, and those of a validation, which may come in a later one. */
function columns(logs: Record<string, number>): string[] {
  const names = Object.keys(logs).sort();
  const isOfValidation = (name: string) => name.startsWith('val_');
  return names.some(isOfValidation) ? names : [...names, ...names.map((name) => `val_${name}`)];
}

/**
 * A callback that writes the logs of each epoch to a CSV file.
 *
 * @throws Error when an option is unknown, there is no filename, or the separator isn't one character.
 * @example
 * callbacks.csvLogger({ filename: 'results/training.csv' });
 */
export function csvLogger(args: CSVLoggerArgs): CSVLogger {
  return new CSVLogger(args);
}
