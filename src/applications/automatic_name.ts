/** The name that a fresh session of Keras gives to a layer without one: `add`, `add_1`, `add_2`, … for index 0, 1, 2, … */
export const automaticName = (kind: string, index: number) => (index === 0 ? kind : `${kind}_${index}`);
