/** Nothing of the caller's settings: where programs are, and what Node has compiled before (see test/run.ts). */
export function cleanEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  return { PATH, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }), ...settings };
}
