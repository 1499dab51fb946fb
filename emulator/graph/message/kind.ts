import { headerValue, type MimeHeader, parseStructured } from '../../shared/mime/headers.ts';
import { findLeaf } from '../../shared/mime/text.ts';
import { decodeBody } from '../../shared/mime/transfer.ts';
import type { MimeNode } from '../../shared/mime/tree.ts';

/** Set on everything that is no plain message. */
export interface MessageKind {
  odataType: string;
  meetingMessageType: string | null;
}

const EVENT = '#microsoft.graph.eventMessage';

const RESPONSES: Record<string, string> = {
  ACCEPTED: 'meetingAccepted',
  TENTATIVE: 'meetingTenativelyAccepted',
  DECLINED: 'meetingDeclined',
};

/** Cheap test, so that plain mail is not parsed for the sake of its type. */
export const mayBeSpecial = (raw: Buffer, headers: readonly MimeHeader[]): boolean =>
  headerValue(headers, 'content-class') !== undefined || raw.includes('text/calendar');

/** Meeting mail by its text/calendar part; sharing invitations by their Content-Class. */
export const kindOf = (raw: Buffer, root: MimeNode): MessageKind | null => {
  if (/sharing/i.test(headerValue(root.headers, 'content-class') ?? '')) {
    return { odataType: '#microsoft.graph.calendarSharingMessage', meetingMessageType: null };
  }
  const leaf = findLeaf(root, 'text/calendar');
  if (!leaf) return null;
  const text = decodeBody(raw, leaf).toString('utf8');
  const { params } = parseStructured(headerValue(leaf.headers, 'content-type'));
  const method = (/^METHOD:(\w+)/m.exec(text)?.[1] ?? params.method ?? '').toUpperCase();
  if (method === 'REQUEST') {
    return { odataType: `${EVENT}Request`, meetingMessageType: 'meetingRequest' };
  }
  if (method === 'REPLY') {
    const answer = /PARTSTAT=(\w+)/.exec(text)?.[1] ?? 'ACCEPTED';
    const meetingMessageType = RESPONSES[answer] ?? 'meetingAccepted';
    return { odataType: `${EVENT}Response`, meetingMessageType };
  }
  return method === 'CANCEL'
    ? { odataType: EVENT, meetingMessageType: 'meetingCancelled' }
    : { odataType: EVENT, meetingMessageType: 'none' };
};
