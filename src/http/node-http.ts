/**
 * Node's own HTTP, as CommonJS modules get it. For one that imports it, Node reads all of its members, and some of those
 * load a whole client (undici): 70 ms of every start.
 */
export const { createServer, IncomingMessage, ServerResponse, STATUS_CODES } =
  process.getBuiltinModule('node:http');
