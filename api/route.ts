import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { type Caller, callerOf } from './auth.ts';
import type { ApiContext } from './context.ts';
import type { ProblemCode } from './problem.ts';
import { parse } from './validate.ts';

export type Tag =
  | 'Inboxes'
  | 'Events'
  | 'Contacts'
  | 'Mail'
  | 'Sending'
  | 'Audit log'
  | 'Session'
  | 'Privacy'
  | 'Operations'
  | 'Pages'
  | 'Callbacks';

/** An answer that is not JSON, or none: what it is, in a few words, and its media type if any. */
export class Media {
  readonly description: string;
  readonly type: string | null;

  constructor(description: string, type: string | null) {
    this.description = description;
    this.type = type;
  }
}

export const noBody = (description: string): Media => new Media(description, null);
export const page = (description: string): Media => new Media(description, 'text/html');

/** Status → the schema of its JSON body, or what it is instead. */
export type Responses = Readonly<Record<number, z.ZodType | Media>>;

export function isUnderApi({ path }: { path: string }): boolean {
  return path.startsWith('/api/v1/');
}

/** A handler returns one of the answers it declares, or nothing where it has sent a `Media` itself. */
type AnswerOf<R extends Responses> = {
  [S in keyof R & number]: R[S] extends z.ZodType
    ? { status: S; body: z.output<R[S]>; headers?: Record<string, string> }
    : // biome-ignore lint/suspicious/noConfusingVoidType: lets such a handler end without a return
      { status: S; headers?: Record<string, string> } | void;
}[keyof R & number];

export interface RouteRequest<Params, Query, Headers, Body> {
  params: Params;
  query: Query;
  headers: Headers;
  body: Body;
  /** Under `/api/v1` only: nobody is known elsewhere. */
  readonly caller: Caller;
  req: Request;
  res: Response;
}

interface Description<R extends Responses> {
  method: 'get' | 'post' | 'put' | 'delete';
  /**
   * In full, as OpenAPI writes it: `/api/v1/inboxes/{id}`. Under `/api/v1` a caller is required, under
   * `/api/v1/ops` an operator.
   */
  path: string;
  /** The operation's id in the OpenAPI document. */
  name: string;
  tag: Tag;
  summary: string;
  description?: string;
  responses: R;
  /** Besides those that any route may answer; see openapi/problems.ts. */
  problems?: readonly ProblemCode[];
  /** Is read again and again: an answer that has not changed is not sent again (304). */
  etag?: boolean;
  /** Runs first, such as a limit. */
  before?: readonly RequestHandler[];
  /** Reads the body where JSON up to 64 KB is not what is wanted. */
  readBody?: RequestHandler;
}

/** What is taken, each part by its schema. */
interface Inputs<Params, Query, Headers, Body> {
  params?: z.ZodType<Params>;
  query?: z.ZodType<Query>;
  /** Names in lower case. */
  headers?: z.ZodType<Headers>;
  body?: z.ZodType<Body>;
}

export interface Route extends Description<Responses>, Inputs<unknown, unknown, unknown, unknown> {
  listener(ctx: ApiContext): RequestHandler;
}

type Handler<R extends Responses, Params, Query, Headers, Body> = (
  request: RouteRequest<Params, Query, Headers, Body>,
) => AnswerOf<R> | Promise<AnswerOf<R>>;

/**
 * A route and all that is told of it: the OpenAPI document is made from this, and the handler's
 * input and answer are held to it. In two calls, since TypeScript then knows what is declared when
 * it reads the handler.
 */
export function defineRoute<R extends Responses, Params, Query, Headers, Body>(
  described: Description<R> & Inputs<Params, Query, Headers, Body>,
) {
  return {
    /** @param prepare called once, with what the process has */
    handle(prepare: (ctx: ApiContext) => Handler<R, Params, Query, Headers, Body>): Route {
      return { ...described, listener: (ctx) => listener(described, prepare(ctx)) };
    },
  };
}

function listener<R extends Responses, Params, Query, Headers, Body>(
  described: Inputs<Params, Query, Headers, Body> & { path: string; etag?: boolean },
  handler: Handler<R, Params, Query, Headers, Body>,
): RequestHandler {
  const inputs = withoutStrays(described);
  return async (req, res) => {
    const answer = await handler({
      ...readInputs(inputs, req),
      get caller() {
        return callerOf(req);
      },
      req,
      res,
    });
    if (!answer) return;
    if (described.etag && 'body' in answer) sendIfChanged(req, res, answer.body);
    else send(res, answer);
  };
}

/** Under `/api/v1` a parameter that nobody reads is a slip, and must not look as if it had worked. */
function withoutStrays<D extends { path: string; query?: z.ZodType }>(described: D): D {
  return { ...(isUnderApi(described) && { query: z.strictObject({}) }), ...described };
}

/** @throws Problem `invalid-request`. What has no schema is not looked at. */
function readInputs<Params, Query, Headers, Body>(
  { params, query, headers, body }: Inputs<Params, Query, Headers, Body>,
  req: Request,
) {
  return {
    params: params ? parse(params, req.params) : (undefined as Params),
    query: query ? parse(query, req.query) : (undefined as Query),
    headers: headers ? parse(headers, req.headers) : (undefined as Headers),
    body: body ? parse(body, req.body) : (undefined as Body),
  };
}

/** By its content, since what an answer says depends on more than one row's version. */
function sendIfChanged(req: Request, res: Response, body: unknown): void {
  const text = JSON.stringify(body);
  const tag = `W/"${createHash('sha1').update(text).digest('base64url')}"`;
  res.set('ETag', tag);
  if (req.get('If-None-Match') === tag) res.status(304).end();
  else res.type('json').send(text);
}

function send(
  res: Response,
  answer: { status: number; headers?: Record<string, string>; body?: unknown },
): void {
  res.status(answer.status).set(answer.headers ?? {});
  if ('body' in answer) res.json(answer.body);
  else res.end();
}
