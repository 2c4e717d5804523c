import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { AwsChunkedDecoder } from '#bootstrap/embedded/s3/aws-chunked.ts';
import { hmac, type SigningContext } from '#bootstrap/embedded/s3/sigv4.ts';

// The example of the Amazon S3 API reference, "Transferring Payload in Multiple Chunks": key, date, signatures.
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const SIGNATURES = [
  'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
  '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
  'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
] as const;

function signing(): SigningContext {
  const dayKey = hmac(`AWS4${SECRET}`, '20130524');
  return {
    signingKey: hmac(hmac(hmac(dayKey, 'us-east-1'), 's3'), 'aws4_request'),
    date: '20130524T000000Z',
    scope: '20130524/us-east-1/s3/aws4_request',
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  };
}

function signedBody(letter = 'a') {
  const chunk = (size: number, signature: string) =>
    `${size.toString(16)};chunk-signature=${signature}\r\n${letter.repeat(size)}\r\n`;
  return chunk(65_536, SIGNATURES[0]) + chunk(1024, SIGNATURES[1]) + chunk(0, SIGNATURES[2]);
}

function decode(body: string, decoder: AwsChunkedDecoder, pieceBytes = 1000) {
  const bytes = Buffer.from(body);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  const source = Readable.from(pieces);
  source.on('error', (error) => decoder.destroy(error));
  return buffer(source.pipe(decoder));
}

test('the documented example is decoded, however it is cut into packets', async () => {
  for (const pieceBytes of [7, 1000, 100_000]) {
    const data = await decode(signedBody(), new AwsChunkedDecoder(signing()), pieceBytes);
    expect(data.equals(Buffer.alloc(66_560, 'a'))).toBe(true);
  }
});

test('changed data, a changed signature and a missing one are refused', async () => {
  const refused = (body: string) =>
    expect(decode(body, new AwsChunkedDecoder(signing()))).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  await refused(signedBody('b'));
  await refused(signedBody().replace(SIGNATURES[1], SIGNATURES[0]));
  await refused(signedBody().replace(`;chunk-signature=${SIGNATURES[0]}`, ''));
  await refused(`0;chunk-signature=${SIGNATURES[2]}\r\n\r\n`);
});

test('trailers are read, and only those that can be', async () => {
  const decoder = new AwsChunkedDecoder();
  const data = await decode('3\r\nabc\r\n0\r\nx-amz-checksum-crc32:NSRBwg==\r\n\r\n', decoder, 1);
  expect(data.toString()).toBe('abc');
  expect(decoder.trailers).toEqual(new Map([['x-amz-checksum-crc32', 'NSRBwg==']]));
  await expect(decode('0\r\nno colon\r\n\r\n', new AwsChunkedDecoder())).rejects.toMatchObject({
    code: 'MalformedTrailerError',
  });
});

test('a body that ends early or is no aws-chunked body is refused', async () => {
  for (const body of ['', '3\r\nab', '3\r\nabc\r\n', 'xyz\r\nabc\r\n0\r\n\r\n', `${'f'.repeat(20_000)}`])
    await expect(decode(body, new AwsChunkedDecoder())).rejects.toMatchObject({ code: 'IncompleteBody' });
});
