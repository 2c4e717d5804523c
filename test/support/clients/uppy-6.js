import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { driveUppy } from './drive-uppy.js';

driveUppy(({ plugin, chunkSizeBytes }) => {
  const chunks = chunkSizeBytes && { getChunkSize: () => chunkSizeBytes };
  return new Uppy().use(AwsS3, { shouldUseMultipart: true, ...chunks, ...plugin });
});
