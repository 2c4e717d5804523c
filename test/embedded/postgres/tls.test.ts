import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readPostmaster } from '#bootstrap/embedded/postgres/postmaster.ts';
import { ownDirectory, query, started } from './servers.ts';

const certificates = path.join(import.meta.dirname, '../../fixtures/tls');
const file = (name: string) => path.join(certificates, name);
const pem = (name: string) => readFileSync(file(name), 'utf8');

test('a server under a private CA is trusted with that CA only, and refuses plain connections', async () => {
  const { url } = await started({
    dir: ownDirectory(),
    tls: { certFile: file('server.pem'), keyFile: file('server-key.pem'), caFile: file('ca.pem') },
  });
  const inUse = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
  expect(await query(url, inUse, { ssl: { ca: pem('ca.pem') } })).toEqual([{ ssl: true }]);
  await expect(query(url, inUse, { ssl: true })).rejects.toThrow('unable to verify the first certificate');
  await expect(query(url, inUse, { ssl: { ca: pem('other-ca.pem') } })).rejects.toThrow(/certificate/);
  await expect(query(`${url}?sslmode=verify-full`)).rejects.toThrow('unable to verify the first certificate');
  await expect(query(url)).rejects.toMatchObject({ code: '28000' });
});

test('a start that trusts the wrong CA says so at once and leaves no server behind', async () => {
  const dir = ownDirectory();
  const tls = { certFile: file('server.pem'), keyFile: file('server-key.pem'), caFile: file('other-ca.pem') };
  await expect(started({ dir, tls })).rejects.toThrow(/refuses us: .*certificate/);
  expect(readPostmaster(path.join(dir, 'data'))).toBeUndefined();
});
