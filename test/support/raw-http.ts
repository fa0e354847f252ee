import { connect } from 'node:net';

export type RawAnswer = {
  readonly status: number;
  readonly statusLine: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/**
 * Sends these very bytes and resolves with what came back until the server closed the connection: for requests
 * that no HTTP client would send.
 */
export function sendRaw(port: number, bytes: string | Buffer, limitMs = 20_000): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(limitMs, () => socket.destroy(new Error(`still open after ${limitMs} ms of silence`)));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString())));
  });
}

function parse(answer: string): RawAnswer {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    statusLine,
    headers: Object.fromEntries(headers),
    text: rest.join('\r\n\r\n'),
  };
}
