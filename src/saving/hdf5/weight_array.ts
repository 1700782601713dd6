/** An array of numbers, row by row. */
export interface WeightArray {
  shape: number[];
  values: Float32Array;
}
