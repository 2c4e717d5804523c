import { transcoderContract } from '#test/contract/transcoder.contract.ts';
import { foundFfmpegs } from './found-ffmpegs.ts';
import { ffmpegSubject } from './subject.ts';

for (const { title, binaries } of await foundFfmpegs()) {
  transcoderContract(title, async () => {
    const { media, transcoder, order, readOutput, close } = await ffmpegSubject(binaries);
    return {
      transcoder,
      newOrder: () => order('h264'),
      newLongOrder: () => order('long'),
      outputKeys: media.outputKeys,
      readOutput,
      close,
    };
  });
}
