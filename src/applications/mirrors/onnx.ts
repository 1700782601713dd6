/** One tensor of an ONNX file. */
export interface OnnxTensor {
  /** Its sizes, outermost first. */
  shape: number[];
  /** Its values in row-major order. */
  data: Float32Array;
}

const FLOAT = 1; // TensorProto.DataType.FLOAT

/**
 * The trained float32 tensors (initialisers) of an ONNX model by name.
 *
 * Field numbers as in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
export async function readOnnxTensors(model: Uint8Array): Promise<Map<string, OnnxTensor>> {
  const { default: Pbf } = await import('pbf');
  const tensors = new Map<string, OnnxTensor>();
  new Pbf(model).readFields((modelField, _, pbf) => {
    if (modelField !== 7) {
      return; // ModelProto.graph
    }
    pbf.readMessage((graphField) => {
      if (graphField !== 5) {
        return; // GraphProto.initializer
      }
      const tensor = { shape: [] as number[], type: 0, name: '', raw: new Uint8Array() as Uint8Array };
      pbf.readMessage((field) => {
        if (field === 1) pbf.readPackedVarint(tensor.shape);
        else if (field === 2) tensor.type = pbf.readVarint();
        else if (field === 8) tensor.name = pbf.readString();
        else if (field === 9) tensor.raw = pbf.readBytes();
      }, undefined);
      if (tensor.type === FLOAT) {
        // Copied, because a Float32Array must begin at a multiple of four bytes.
        tensors.set(tensor.name, { shape: tensor.shape, data: new Float32Array(Uint8Array.from(tensor.raw).buffer) });
      }
    }, undefined);
  }, undefined);
  return tensors;
}
