/**
 * @file Where something went wrong, in the words and lines that the author of a cell knows: stacks name the compiled
 * code's.
 */

const util = require('node:util');

/**
 * A source as its author wrote it.
 * @typedef {{ name: string, text: string }} Source
 */
/** A place in one, line and column counted from 1. @typedef {{ source: Source, line: number, column: number }} Place */
/** Leads from a line and column of compiled code to where they come from. @typedef {(line: number, column: number) => Place | undefined} Back */

const NEIGHBOURS = 2; // lines before and after
const WIDTH = 200; // of a line, in characters

/** By the name under which Node runs the code. @type {Map<string, Back>} */
const compiled = new Map();
/** Where the sources named above are in the stack of an error that was looked at. @type {WeakMap<object, Place>} */
const places = new WeakMap();

/** Says where code comes from that Node knows as `file`. @param {string} file @param {Back} back */
function addCompiled(file, back) {
  compiled.set(file, back);
}

/**
 * The first place in an error's stack that is in the notebook, and the stack.
 * @param {Error} error @returns {{ stack: string, place: Place | undefined }}
 */
function lookAt(error) {
  const stack = util.inspect(error);
  // What Node can't even compile has no place in its stack, but the compiled line above.
  const [above = '', file = '', line, indent = ''] = /^(.+):(\d+)\n.*\n( *)\^+\n\n/.exec(stack) ?? [];
  const place = places.get(error) ?? compiled.get(file)?.(Number(line), indent.length + 1);
  return { stack: compiled.has(file) ? stack.slice(above.length) : stack, place };
}

/** @param {Place} place @returns {string} `cell [3], line 2` */
function placeName({ source, line }) {
  return `${source.name}, line ${line}`;
}

/**
 * The line and its neighbours, with a caret below the place.
 * @param {Place} place @returns {string}
 */
function codeFrame({ source, line, column }) {
  const lines = source.text.split('\n');
  const first = Math.max(line - NEIGHBOURS, 1);
  const shown = lines.slice(first - 1, line + NEIGHBOURS);
  const width = String(first + shown.length - 1).length;
  const rows = shown.map((text, index) => {
    const number = first + index;
    return `${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text.slice(0, WIDTH)}`.trimEnd();
  });
  if (column <= WIDTH) rows.splice(line - first + 1, 0, `  ${' '.repeat(width)} | ${' '.repeat(column - 1)}^`);
  return rows.join('\n');
}

/** Node's text of a stack, with the notebook's own places in it. @param {Error} error @param {NodeJS.CallSite[]} sites */
function formatStack(error, sites) {
  const lines = sites.map((site) => {
    const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
    const back = compiled.get(file ?? '');
    if (!back) return `\n    at ${site}`;
    const place = back(line ?? 0, column ?? 0);
    if (!place) return ''; // tslab's own line
    if (!places.has(error)) places.set(error, place);
    return `\n    at ${String(site).replace(`${file}:${line}:${column}`, placeName(place))}`;
  });
  return Error.prototype.toString.call(error) + lines.join('');
}

Error.prepareStackTrace = formatStack;

module.exports = { addCompiled, codeFrame, lookAt, placeName };
