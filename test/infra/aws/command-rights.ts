/** What each command needs (service authorization reference). */
export const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  HeadObjectCommand: ['s3:GetObject'],
  GetObjectCommand: ['s3:GetObject'],
  PutObjectCommand: ['s3:PutObject'],
  DeleteObjectsCommand: ['s3:DeleteObject'],
  // Of tags nothing is asked: no upload can bring any, as an unsigned x-amz-tagging is refused.
  CopyObjectCommand: ['s3:GetObject', 's3:PutObject'],
  UploadPartCopyCommand: ['s3:GetObject', 's3:PutObject'],
  CreateMultipartUploadCommand: ['s3:PutObject'],
  UploadPartCommand: ['s3:PutObject'],
  CompleteMultipartUploadCommand: ['s3:PutObject'],
  AbortMultipartUploadCommand: ['s3:AbortMultipartUpload'],
  ListPartsCommand: ['s3:ListMultipartUploadParts'],
  ListMultipartUploadsCommand: ['s3:ListBucketMultipartUploads'],
  ListObjectsV2Command: ['s3:ListBucket'],
  RestoreObjectCommand: ['s3:RestoreObject'],
  HeadBucketCommand: ['s3:ListBucket'],
  GetBucketCorsCommand: ['s3:GetBucketCORS'],
  PutBucketCorsCommand: ['s3:PutBucketCORS'],
  CreateBucketCommand: ['s3:CreateBucket'],
  CreateInvalidationCommand: ['cloudfront:CreateInvalidation'],
  CreateJobCommand: ['mediaconvert:CreateJob', 'iam:PassRole'],
  ListJobsCommand: ['mediaconvert:ListJobs'],
  GetJobCommand: ['mediaconvert:GetJob'],
  CancelJobCommand: ['mediaconvert:CancelJob'],
};

/** Which commands the adapters send for each method of a port. */
export const METHODS: Readonly<Record<string, readonly string[]>> = {
  presignPut: ['PutObjectCommand'],
  presignGet: ['GetObjectCommand'],
  presignPart: ['UploadPartCommand'],
  createMultipart: ['CreateMultipartUploadCommand'],
  putPart: ['UploadPartCommand'],
  listParts: ['ListPartsCommand'],
  completeMultipart: ['CompleteMultipartUploadCommand', 'HeadObjectCommand'],
  abortMultipart: ['AbortMultipartUploadCommand', 'ListPartsCommand'],
  listMultiparts: ['ListMultipartUploadsCommand'],
  head: ['HeadObjectCommand'],
  get: ['GetObjectCommand'],
  put: ['PutObjectCommand'],
  copyFrom: [
    'CopyObjectCommand',
    'UploadPartCopyCommand',
    'CreateMultipartUploadCommand',
    'CompleteMultipartUploadCommand',
    'AbortMultipartUploadCommand',
    'ListPartsCommand',
    'HeadObjectCommand',
  ],
  restore: ['HeadObjectCommand', 'RestoreObjectCommand'],
  list: ['ListObjectsV2Command'],
  deleteMany: ['DeleteObjectsCommand'],
  invalidate: ['CreateInvalidationCommand'],
  submit: ['CreateJobCommand'],
  findSubmission: ['ListJobsCommand'],
  status: ['GetJobCommand'],
  cancel: ['CancelJobCommand'],
};
/** Of these nobody asks storage: they sign what somebody else will ask. */
export const SIGNED = ['presignPut', 'presignGet', 'presignPart'];

/** What a start asks of each bucket; `ops` prepares none. */
export const PREPARED: Readonly<Record<'sources' | 'media', readonly string[]>> = {
  sources: ['HeadBucketCommand', 'CreateBucketCommand', 'GetBucketCorsCommand', 'PutBucketCorsCommand'],
  media: ['HeadBucketCommand', 'CreateBucketCommand'],
};
