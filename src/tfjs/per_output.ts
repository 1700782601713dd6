/** Whether losses or metrics are given by the names of the outputs that they are for. */
export const isByOutput = (given: unknown): given is { [output: string]: unknown } =>
  typeof given === 'object' && given !== null && !Array.isArray(given) && !Object.hasOwn(given, 'class_name');

/** What is given for each output: of a list or an object its part, else the same for each. */
export function perOutput(given: unknown, outputs: string[]): unknown[] {
  const ofOutputs = isByOutput(given) ? new Map(Object.entries(given)) : undefined;
  return outputs.map((name, index) => (Array.isArray(given) ? given[index] : ofOutputs ? ofOutputs.get(name) : given));
}

/** The metrics that are given for each output: a list is for each of them. */
export function metricsPerOutput(given: unknown, outputs: string[]): unknown[][] {
  const ofOutputs = isByOutput(given) ? perOutput(given, outputs) : outputs.map(() => given);
  return ofOutputs.map((list) => [list ?? []].flat());
}

/** The same with each part changed. */
export function changeEach(given: unknown, change: (part: unknown) => unknown): unknown {
  if (Array.isArray(given)) return given.map(change);
  if (isByOutput(given))
    return Object.fromEntries(Object.entries(given).map(([output, part]) => [output, change(part)]));
  return change(given);
}
