const MESSAGE_MAX_CHARS = 300;

/** Words of the service or of the network for an operator: one line without buckets, ARNs, accounts or queries. */
export function scrubbed(message: string): string {
  return message
    .replace(/\barn:[^\s\]),"']+/g, 'arn:…')
    .replace(/\bs3:\/\/[^\s\]),"']+/g, 's3://…')
    .replace(/\b(https?:\/\/[^\s?\]),"']*)\?[^\s\]),"']*/g, '$1?…')
    .replace(/\b\d{12}\b/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MESSAGE_MAX_CHARS);
}
