import { dirname } from 'node:path';
import { version } from './raw';

/** The version of tfjs whose insides were read. */
const MADE_FOR = '4.22';

/** What a change to tfjs is for. */
export interface Reason {
  /** What is other than in tfjs, in a few words. */
  what: string;
  /** What is wrong without the change. */
  why: string;
  /** Where tfjs was told of it, such as 'tensorflow/tfjs#8609'; null where no report is known. */
  upstream: string | null;
}

/** A copy of Thaw in this process. Two may lie in one folder: each time its modules are loaded is one. */
interface Thaw {
  folder: string;
}

const self: Thaw = { folder: dirname(__dirname) };

// Kept with tfjs's own objects, so that every copy of Thaw sees it.
const PATCHES = Symbol.for('thaw.patches');

/** Whose Thaw has changed each member of an object. */
function patchesOf(object: object): Map<PropertyKey, Thaw> {
  const own: Map<PropertyKey, Thaw> | undefined = Object.getOwnPropertyDescriptor(object, PATCHES)?.value;
  const patches = own ?? new Map<PropertyKey, Thaw>();
  if (!own) Object.defineProperty(object, PATCHES, { value: patches });
  return patches;
}

function nameOf(object: object, name: PropertyKey): string {
  // Gradients are plain objects.
  const owner = 'kernelName' in object ? `gradient of ${object.kernelName}` : object.constructor.name;
  return `${owner}.${String(name)}`;
}

function checkAlone(object: object, name: PropertyKey): void {
  const other = patchesOf(object).get(name);
  if (!other || other === self) return;
  throw new Error(
    `Two copies of Thaw in one process would change ${nameOf(object, name)} of one tfjs twice, with wrong results. ` +
      `Expected one copy. Received: ${other.folder} and ${self.folder}. Import one of them only (\`npm ls thaw\` ` +
      'shows where each comes from).',
  );
}

const members: { what: string; member: string }[] = [];

/** The members of tfjs that a change has touched, such as 'LayersModel.fit'. */
export function changedMembers(what: string): string[] {
  return members.filter((each) => each.what === what).map(({ member }) => member);
}

/** Sets a property, and gives back what takes that back. */
function define(object: object, name: PropertyKey, property: PropertyDescriptor, { what }: Reason): () => void {
  checkAlone(object, name);
  const patches = patchesOf(object);
  const before = { property: Object.getOwnPropertyDescriptor(object, name), thaw: patches.get(name) };
  Object.defineProperty(object, name, { configurable: true, ...property });
  patches.set(name, self);
  members.push({ what, member: nameOf(object, name) });
  return () => {
    if (before.property) Object.defineProperty(object, name, before.property);
    else Reflect.deleteProperty(object, name);
    if (before.thaw) patches.set(name, before.thaw);
    else patches.delete(name);
  };
}

function checkThere(object: object, name: PropertyKey): void {
  if (name in object) return;
  throw new Error(
    `tfjs ${version.tfjs} has no ${nameOf(object, name)}; Thaw was made for ${MADE_FOR}. Install that version, or a Thaw ` +
      'made for this one.',
  );
}

/**
 * Replaces a method of tfjs's, which the replacement can call.
 *
 * @param object The prototype, or other object, that has it.
 * @param replace Given the original, the method in its place.
 * @returns An undo, for tests: of several changes to one member, the last one's comes first.
 * @throws Error when tfjs has no such member, or another copy of Thaw has changed it already.
 */
export function patch<Target extends object, Name extends keyof Target>(
  object: Target,
  name: Name,
  replace: (original: Target[Name]) => Target[Name],
  reason: Reason,
): () => void {
  checkThere(object, name);
  return define(object, name, { value: replace(object[name]), writable: true }, reason);
}

/** What reads a property, and perhaps what sets it. */
export interface Accessor<Target, Value> {
  get(this: Target): Value;
  set?(this: Target, value: Value): void;
}

/**
 * Replaces a property of tfjs's by an accessor.
 *
 * @returns An undo, for tests.
 * @throws Error when tfjs has no such member, or another copy of Thaw has changed it already.
 */
export function patchAccessor<Target extends object, Name extends keyof Target>(
  object: Target,
  name: Name,
  accessor: Accessor<Target, Target[Name]>,
  reason: Reason,
): () => void {
  checkThere(object, name);
  return define(object, name, accessor, reason);
}

/**
 * Gives tfjs's objects a property that they lack.
 *
 * @returns An undo, for tests.
 * @throws Error when tfjs has one of that name, or another copy of Thaw has added it already.
 */
export function add(object: object, name: string, property: PropertyDescriptor, reason: Reason): () => void {
  if (name in object && !patchesOf(object).has(name)) {
    throw new Error(
      `tfjs ${version.tfjs} has a ${nameOf(object, name)} of its own; Thaw was made for ${MADE_FOR}, which has none. ` +
        'Install that version, or a Thaw made for this one.',
    );
  }
  return define(object, name, property, reason);
}

/** An object of tfjs's with members that its types hide. */
export function hidden<Members extends object>(object: object): Members {
  return object as Members;
}
