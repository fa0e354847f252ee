import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { testEnvironment } from '../support/environment.ts';
import { article, register } from '../support/replica-stage.ts';
import { startSteadfast } from '../support/steadfast.ts';

test('who sends slowly has no less time at the database', async (t) => {
  const steadfast = await startSteadfast(t, {
    ...(await testEnvironment(t)),
    REQUEST_DEADLINE_MS: '2000',
  });
  const { token } = await register(steadfast);
  const body = JSON.stringify(article('Sent slowly'));
  const socket = connect(steadfast.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  socket.write(
    'POST /api/articles HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n' +
      `authorization: Token ${token}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`,
  );
  await sleep(2500);
  socket.write(body);
  await new Promise((resolve) => socket.on('close', resolve));
  t.match(answer, /^HTTP\/1.1 201 /);
});
