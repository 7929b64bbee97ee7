/**
 * Memory of one GPU in GB. Novita has no field for it (`memoryPerGpu` is the memory of the host), but the names of products end with it,
 * as in "RTX 4090 24GB". Null: the name does not say.
 */
export const gpuMemoryGb = (productName: string): number | null => {
  const said = /(?:^|\s)(\d{1,4})\s?GB(?=\s|$)/i.exec(productName);
  return said ? Number(said[1]) : null;
};
