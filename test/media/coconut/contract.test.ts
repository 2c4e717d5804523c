import { transcoderContract } from '#test/contract/transcoder.contract.ts';
import { coconutSubject } from './subject.ts';

transcoderContract('coconut', async () => {
  const { transcoder, order, outputKeys, readOutput, close } = await coconutSubject();
  return {
    transcoder,
    stopsOnCancel: false,
    newOrder: () => order('h264'),
    newLongOrder: () => order('h264'),
    outputKeys,
    readOutput,
    close,
  };
});
