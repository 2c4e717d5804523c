// The bundle replaces the core by its release 5 for the plugin as well.
import Uppy from '@uppy/core';
import AwsS3 from 'uppy-aws-s3-5';
import { driveUppy } from './drive-uppy.js';

driveUppy(({ plugin, chunkSizeBytes }) => {
  const chunks = chunkSizeBytes && { getChunkSize: () => chunkSizeBytes };
  return new Uppy().use(AwsS3, { shouldUseMultipart: true, ...chunks, ...plugin });
});
