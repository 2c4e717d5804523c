import { objectStoreContract } from '#test/contract/object-store.contract.ts';
import { configuredSubject, embeddedSubject } from './s3-subjects.ts';

objectStoreContract('embedded server', embeddedSubject);

const { S3_ENDPOINT } = process.env;
if (S3_ENDPOINT) objectStoreContract(S3_ENDPOINT, () => configuredSubject(process.env));
