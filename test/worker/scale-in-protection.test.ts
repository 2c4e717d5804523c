import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { protectFromScaleIn, type ScaleInProtection } from '#worker/scale-in-protection.ts';

let server: Server;
let protection: ScaleInProtection | undefined;

afterEach(async () => {
  await protection?.stop();
  server.close();
  server.closeAllConnections();
});

/** An agent that notes what it is told; `answers` are its first statuses, then 200. */
async function agent(...answers: number[]): Promise<{ agentUri: string; heard: unknown[] }> {
  const heard: unknown[] = [];
  server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    heard.push({ of: `${request.method} ${request.url}`, ...JSON.parse(Buffer.concat(body).toString()) });
    response.writeHead(answers.shift() ?? 200).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { agentUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/abc`, heard };
}

function log() {
  const warned: string[] = [];
  const silent = () => undefined;
  return {
    warned,
    of: {
      debug: silent,
      info: silent,
      warn: (_: unknown, message: string) => warned.push(message),
      error: silent,
    } as never,
  };
}

const ON = { of: 'PUT /api/abc/task-protection/v1/state', ProtectionEnabled: true, ExpiresInMinutes: 20 };
const OFF = { of: 'PUT /api/abc/task-protection/v1/state', ProtectionEnabled: false };

test('a task that encodes is protected until its last encode has ended', async () => {
  const { agentUri, heard } = await agent();
  protection = protectFromScaleIn({ agentUri, log: log().of, lookEveryMs: 10 });
  const first = protection.hold();
  const second = protection.hold();
  await vi.waitFor(() => expect(heard).toEqual([ON]));
  first();
  first();
  second();
  await vi.waitFor(() => expect(heard).toEqual([ON, OFF]));
});

test('between two encodes there is no protection, however soon the next one begins: a deploy gets on', async () => {
  const { agentUri, heard } = await agent();
  protection = protectFromScaleIn({ agentUri, log: log().of, lookEveryMs: 10 });
  const first = protection.hold();
  await vi.waitFor(() => expect(heard).toEqual([ON]));
  first();
  protection.hold();
  await vi.waitFor(() => expect(heard).toEqual([ON, OFF, ON]));
});

test('an agent that refuses is asked again, and the encode goes on', async () => {
  const { agentUri, heard } = await agent(500, 400);
  const { warned, of } = log();
  protection = protectFromScaleIn({ agentUri, log: of, lookEveryMs: 10 });
  protection.hold();
  await vi.waitFor(() => expect(heard).toEqual([ON, ON, ON]));
  expect(warned).toEqual(Array(2).fill('ECS did not take the protection from scale-in'));
});
