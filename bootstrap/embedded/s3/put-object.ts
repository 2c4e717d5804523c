import { quoted, type S3Call, sendEmpty } from './call.ts';
import { type Checksum, checksumHeader } from './checksums.ts';
import { openPayload } from './payload.ts';
import { headersToStore } from './stored-headers.ts';
import { checkWriteCondition, writeCondition } from './write-condition.ts';

/** PutObject. Readers see the old object until the new one is whole and on the disk. */
export async function putObject(call: S3Call): Promise<void> {
  const { store, bucket, key, headers } = call;
  const condition = writeCondition(headers);
  // Asked once before the body, to spare the transfer, and once more when it is stored.
  checkWriteCondition(condition, store.objects.find(bucket, key));
  headersToStore(headers);
  const { stages, verifier } = openPayload(call);
  const file = await store.files.write(stages);
  const object = store.putObject(
    bucket,
    {
      key,
      etag: verifier.md5,
      headers: headersToStore(headers, verifier.checksum),
      pieces: [{ sizeBytes: verifier.sizeBytes, file }],
    },
    condition,
  );
  call.publish('ObjectCreated:Put', bucket, object);
  sendEmpty(call, 200, { etag: quoted(object.etag), ...checksumEcho(verifier.checksum) });
}

/** A verified checksum is repeated in the answer. */
export function checksumEcho(checksum: Checksum | undefined): Record<string, string> {
  return checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value } : {};
}
