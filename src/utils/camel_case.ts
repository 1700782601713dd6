/** A name of Keras's as tfjs writes it. Mirrors tfjs's `toCamelCase`. */
export function camelCase(name: string): string {
  const [first = '', ...rest] = name.split('_');
  return first + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}
