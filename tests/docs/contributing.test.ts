import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root } from '../support/root';

const page = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8');
const source = path.join(root, 'src');

/** The end of a statement that imports, or an import of the moment. */
const IMPORT = /^(?:(?:import|export|}).* from |import |.* import\()'(\.[^']*)'/gm;

/** What an arrow begins and ends at: a room, or a file that is in none. */
const roomOf = (file: string) => path.relative(source, file).split(path.sep)[0]!.replace(/\.ts$/, '');

/** The arrows of the map, `a --> b`. */
function arrows(): Set<string> {
  const [, map] = /```mermaid\n([\s\S]*?)```/.exec(page)!;
  const drawn = [...map!.matchAll(/^ *(\w+) --> (.+)$/gm)];
  return new Set(drawn.flatMap(([, from, ends]) => ends!.split(' & ').map((to) => `${from} --> ${to}`)));
}

/** What each file of src/ imports from another room, as arrows. */
function imports(): Map<string, string> {
  const found = new Map<string, string>();
  const names = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const name of names) {
    const file = path.join(source, name);
    for (const [, to] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const [from, room] = [roomOf(file), roomOf(path.resolve(path.dirname(file), to!))];
      if (from !== room) found.set(`${from} --> ${room}`, name);
    }
  }
  return found;
}

test('the map shows who imports from whom: no import leads where no arrows do, and no arrow without an import', () => {
  const drawn = arrows();
  const made = imports();
  const next = (room: string): string[] =>
    [...drawn].flatMap((arrow) => (arrow.startsWith(`${room} `) ? arrow.split(' ').slice(-1) : []));
  const below = (room: string): string[] => next(room).flatMap((one) => [one, ...below(one)]);
  assert.ok(drawn.size > 10);
  for (const [arrow, file] of made) {
    const [from, , to] = arrow.split(' ');
    assert.ok(below(from!).includes(to!), `${file} imports from ${to}, where no arrows of CONTRIBUTING lead`);
  }
  for (const arrow of drawn) assert.ok(made.has(arrow), `${arrow} is in CONTRIBUTING, and no file imports so`);
});

test('the files that CONTRIBUTING names are there', () => {
  const named = [...page.matchAll(/`((?:src|tests|scripts|docs|data)\/[^`<…*]+)`/g)].map(([, name]) => name!);
  assert.ok(named.length > 40);
  assert.deepEqual(
    named.filter((name) => !existsSync(path.join(root, name))),
    [],
  );
});
