import type { TLSConfig } from '@temporalio/client';
import type { Config } from '../config/config.ts';

/** How to reach Temporal: for a client's connection and a worker's alike. */
export interface TemporalAccess {
  address: string;
  tls: TLSConfig | boolean;
  apiKey?: string;
}

/** Certificates are PEM; an API key goes over TLS only, so that it implies it. */
export function temporalAccess({ settings, secrets }: Config): TemporalAccess {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_TLS, TEMPORAL_TLS_SERVER_NAME } = settings;
  const { TEMPORAL_API_KEY: apiKey, TEMPORAL_TLS_CA: ca } = secrets;
  const { TEMPORAL_TLS_CERT: crt, TEMPORAL_TLS_KEY: key } = secrets;
  const config: TLSConfig = {
    ...(TEMPORAL_TLS_SERVER_NAME && { serverNameOverride: TEMPORAL_TLS_SERVER_NAME }),
    ...(ca && { serverRootCACertificate: Buffer.from(ca.reveal()) }),
    ...(crt &&
      key && {
        clientCertPair: {
          crt: Buffer.from(crt.reveal()),
          key: Buffer.from(key.reveal()),
        },
      }),
  };
  const isTls = TEMPORAL_TLS || apiKey !== undefined || Object.keys(config).length > 0;
  return { address, tls: isTls && config, ...(apiKey && { apiKey: apiKey.reveal() }) };
}
