import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { transcoderContract } from '#test/contract/transcoder.contract.ts';
import { mediaConvertSubject } from './subject.ts';

const binaries = await findFfmpeg({ pathVariable: process.env.PATH ?? '' });

transcoderContract('MediaConvert over its stand-in', async () => {
  const { transcoder, fake, order, outputKeys, readOutput, close } = await mediaConvertSubject(binaries);
  return {
    transcoder,
    newOrder: () => order('h264'),
    newLongOrder() {
      fake.hold();
      return order('h264');
    },
    outputKeys,
    readOutput,
    close,
  };
});
