import { expect, onTestFinished, test } from 'vitest';
import { CANARY_ARCHIVE_PATHS, canaryCode } from '#infra/aws/canary/code.ts';
import { zipOf } from '#infra/aws/canary/zip.ts';

/** Unix modes as the directory of a ZIP has them: the upper half of the external attributes (APPNOTE 4.4.15). */
function modesIn(zip: Buffer): number[] {
  const modes: number[] = [];
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 1))
    modes.push(zip.readUInt32LE(at + 38) >>> 16);
  return modes;
}

test('the archive is the same each time and in any time zone, and another script has another key', async () => {
  const { zip, hash } = await canaryCode();
  const zone = process.env.TZ;
  process.env.TZ = 'Pacific/Auckland';
  onTestFinished(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  const again = await canaryCode();
  expect(again.zip.equals(zip)).toBe(true);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  const other = await zipOf([{ path: 'index.js', content: Buffer.from('other') }]);
  expect(other.equals(await zipOf([{ path: 'index.js', content: Buffer.from('Other') }]))).toBe(false);
});

test('whoever unpacks it may read its files', async () => {
  expect(modesIn((await canaryCode()).zip)).toEqual(CANARY_ARCHIVE_PATHS.map(() => 0o100644));
});
