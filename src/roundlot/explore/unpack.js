// From the string that Python's `pack` made to names and typed arrays.

const KINDS = { f8: Float64Array, i4: Int32Array, u1: Uint8Array };

async function unpack(text) {
  const packed = atob(text);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const arrays = {};
  for (const [name, [kind, offset, size]] of Object.entries(head.arrays)) {
    arrays[name] = new KINDS[kind](buffer, 8 + length + offset, size);
  }
  return { ...head, arrays };
}
