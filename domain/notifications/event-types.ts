/** What owners can be told. Dotted and hierarchical; types are added, never renamed. docs/webhooks.md describes each. */
export const EVENT_TYPES = [
  'video.upload.completed',
  'video.asset.ready',
  'video.asset.errored',
  'playlist.ended',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Everything that can be sent: events, and what an owner asks for to try an endpoint. */
export type MessageType = EventType | 'endpoint.test';
