/**
 * @file What goes wrong in a cell, as the protocol and the reader get it: short, and each error once.
 */
const util = require('node:util');
const { codeFrame, lookAt, placeName } = require('./places.cjs');

const LONGEST = 10_000; // characters of one error
const MOST = 10; // different errors of one cell

/**
 * An error's name, message and all that is told of it.
 * @typedef {{ ename: string, evalue: string, text: string }} Failure
 */

/** The text, or its beginning and end. @param {string} text */
function shortened(text) {
  const left = text.length - LONGEST;
  if (left <= 0) return text;
  const half = LONGEST / 2;
  return `${text.slice(0, half)}\n… ${left} characters are left out …\n${text.slice(-half)}`;
}

/** @param {string} ename @param {string} evalue @param {string} [text] @returns {Failure} */
function failure(ename, evalue, text = `${ename}: ${evalue}`) {
  return { ename: shortened(ename), evalue: shortened(evalue), text: shortened(text) };
}

/** Whether a line of a stack is Node's, tslab's or the kernel's own. @param {string} line */
function isInner(line) {
  return /^\s+at .*(tslab\/dist|node:vm|node:internal|scripts\/kernel[/.])/.test(line);
}

/** @param {unknown} thrown @returns {Failure} */
function describeAny(thrown) {
  if (!(thrown instanceof Error)) return failure('Uncaught', util.inspect(thrown));
  const { stack, place } = lookAt(thrown);
  const lines = stack.split('\n').filter((line) => !isInner(line));
  const text = shortened(lines.join('\n'));
  return {
    ...failure(String(thrown.name), String(thrown.message)),
    text: place ? `${text}\n\n${codeFrame(place)}` : text,
  };
}

/** Describes what was thrown: its stack, and the line of the cell with its neighbours. @param {unknown} thrown */
function describe(thrown) {
  try {
    return describeAny(thrown);
  } catch {
    return failure('Uncaught', 'what was thrown throws when it is looked at');
  }
}

/** Describes a type error. @param {string} message @param {import('./places.cjs').Place} place @returns {Failure} */
function describeTypeError(message, place) {
  const text = `TypeScriptError: ${message}\n    at ${placeName(place)}\n\n${codeFrame(place)}`;
  return failure('TypeScriptError', message, text);
}

/** Different failures in the order in which they came, and how often. */
class Failures {
  /** @type {Map<string, { failure: Failure, times: number }>} by text */
  entries = new Map();
  others = 0;

  /** @param {Failure} failure @param {number} [times] @returns {boolean} whether it is told, and for the first time */
  add(failure, times = 1) {
    const entry = this.entries.get(failure.text);
    if (entry) entry.times += times;
    else if (this.entries.size < MOST) this.entries.set(failure.text, { failure, times });
    else this.others += times;
    return !entry && this.others === 0;
  }

  /** @param {Failures} later adds them all */
  addAll(later) {
    for (const { failure, times } of later.entries.values()) this.add(failure, times);
    this.others += later.others;
  }

  /** @returns what the protocol has of an error, or undefined where nothing failed */
  error() {
    const told = [...this.entries.values()];
    const first = told[0]?.failure;
    if (!first) return undefined;
    const traceback = told.map(({ failure, times }) => `${failure.text}${times > 1 ? `\n(${times} times)` : ''}`);
    if (this.others > 0) traceback.push(`… and ${this.others} more errors`);
    return { ename: first.ename, evalue: first.evalue, traceback };
  }
}

module.exports = { describe, describeTypeError, failure, Failures };
