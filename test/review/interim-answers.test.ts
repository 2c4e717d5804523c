import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { publicWebhookSender } from '#providers/webhooks/public-webhook-sender.ts';

const INTERIM = 'HTTP/1.1 103 Early Hints\r\n\r\n';

/** What a call comes to whose receiver speaks thus. */
async function outcomeOf(speak: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    speak(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sender = publicWebhookSender({ allowedNetworks: ['127.0.0.0/8'] });
  const call = { url: `http://127.0.0.1:${port}/`, headers: {}, body: '{}', reach: 'public' } as const;
  const outcome = await sender.send({ ...call, timeoutSeconds: 3 });
  server.close();
  return outcome;
}

test('a receiver that announces its answer without end is hung up on before the time is over', async () => {
  const outcome = await outcomeOf((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(INTERIM.repeat(100)));
    };
    socket.on('drain', more);
    more();
  });
  expect(outcome).toMatchObject({ failure: 'connection' });
});

test('a receiver that announces its answer once is heard', async () => {
  const outcome = await outcomeOf((socket) => {
    socket.end(`${INTERIM}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
  });
  expect(outcome).toMatchObject({ status: 200, excerpt: 'ok' });
});
