import { gmail, type gmail_v1 } from '@googleapis/gmail';
import { OAuth2Client } from 'google-auth-library';
import { DEFAULT_CLIENT_ID, type Emulator, SCOPE } from '../../emulator/index.ts';

export const ADDRESS = 'maya@brightwater.example';
export const REDIRECT = 'http://localhost:3000/callback';

/** The official client, pointed at the emulator through its documented endpoint options only. */
export const oauthClient = (url: string): OAuth2Client =>
  new OAuth2Client({
    clientId: DEFAULT_CLIENT_ID,
    clientSecret: 'emulator-secret',
    redirectUri: REDIRECT,
    endpoints: {
      oauth2AuthBaseUrl: `${url}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${url}/token`,
      oauth2RevokeUrl: `${url}/revoke`,
      tokenInfoUrl: `${url}/tokeninfo`,
      oauth2FederatedSignonPemCertsUrl: `${url}/oauth2/v1/certs`,
      oauth2FederatedSignonJwkCertsUrl: `${url}/oauth2/v3/certs`,
    },
  });

export interface Connected {
  auth: OAuth2Client;
  api: gmail_v1.Gmail;
  accessToken: string;
}

/** A Gmail client that holds a token for `address`; its own retries are off. */
export const connect = async (
  emulator: Emulator,
  { address = ADDRESS, scopes = [SCOPE.readonly] as string[] } = {},
): Promise<Connected> => {
  const auth = oauthClient(emulator.url);
  const tokens = await emulator.issueTokens({ address, scopes });
  auth.setCredentials(tokens);
  const api = gmail({ version: 'v1', auth, rootUrl: `${emulator.url}/`, retry: false });
  return { auth, api, accessToken: tokens.access_token };
};

export interface BatchAnswer {
  contentId: string;
  status: number;
  body: Record<string, unknown>;
}

/** One GET per path through the batch endpoint, by the client's own transport. */
export const batchGet = async (
  url: string,
  auth: OAuth2Client,
  paths: readonly string[],
): Promise<BatchAnswer[]> => {
  const parts = paths.map(
    (path, index) =>
      `--b\r\nContent-Type: application/http\r\nContent-ID: <item${index}>\r\n\r\nGET ${path} HTTP/1.1\r\n\r\n`,
  );
  const response = await auth.request<string>({
    url: `${url}/batch/gmail/v1`,
    method: 'POST',
    headers: { 'content-type': 'multipart/mixed; boundary=b' },
    data: `${parts.join('')}--b--`,
    responseType: 'text',
    retry: false,
  });
  return parseBatchAnswer(response.data, response.headers.get('content-type') ?? '');
};

const parseBatchAnswer = (text: string, type: string): BatchAnswer[] => {
  const boundary = /boundary=(\S+)/.exec(type)?.[1] ?? '';
  const pieces = text.split(`--${boundary}`).slice(1, -1);
  return pieces.map((piece) => {
    const body = piece.slice(piece.indexOf('{'), piece.lastIndexOf('}') + 1);
    return {
      contentId: /Content-ID: (\S+)/i.exec(piece)?.[1] ?? '',
      status: Number(/HTTP\/1\.1 (\d+)/.exec(piece)?.[1]),
      body: body ? (JSON.parse(body) as Record<string, unknown>) : {},
    };
  });
};

/** Status and Google reason of a refused call. */
export const refusal = async (
  call: Promise<unknown>,
): Promise<{ status: number; reason: string; message: string }> => {
  try {
    await call;
  } catch (error) {
    const { response } = error as { response?: { status: number; data: ErrorData } };
    if (!response) throw error;
    const { error: detail } = response.data;
    return {
      status: response.status,
      reason: detail.errors?.[0]?.reason ?? '',
      message: detail.message,
    };
  }
  throw new Error('The call was not refused');
};

interface ErrorData {
  error: { message: string; errors?: { reason: string }[] };
}
