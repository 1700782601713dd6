// A file that keeps HDF5 busy for longer is one that it runs around in for ever.
const SECONDS = 2;
const BYTES_PER_SECOND = 20e6;
// A disk that doesn't answer keeps it waiting, without any work.
const MOST_PATIENCE = 20;
// Clocks are read in steps.
const STEP = 1e-3;

/** The signal that ends a process in which HDF5 finds no end. */
export const NO_END = 'SIGALRM';

/** The seconds of work after which a file of so many `bytes` has no end. */
export const secondsFor = (bytes: number): number => SECONDS + bytes / BYTES_PER_SECOND;

/** Tells when HDF5 finds no end in a file: when it has worked for some seconds, for large files more. */
export class Deadline {
  private passed = 0;

  /** @param seconds What `secondsFor` gives for the file. */
  constructor(private readonly seconds: number) {}

  /**
   * Whether it has passed.
   *
   * @param worked The seconds of a processor that HDF5 has used so far: on a busy machine, a part of those that pass.
   * @param since The seconds since the last time that this was asked, but for those in which HDF5 waited to be read.
   */
  isOver(worked: number, since: number): boolean {
    this.passed += since;
    return worked > this.seconds - STEP || this.passed > MOST_PATIENCE * this.seconds;
  }
}
