import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ContentFreeError } from '../domain/errors.ts';

/** The name leads to this machine, a private network, or another place that is not the internet. */
export class PrivateAddressError extends ContentFreeError {
  override readonly name = 'PrivateAddress';
  readonly code = 'PRIVATE_ADDRESS';
  constructor() {
    super('The receiver is not on the public internet.');
  }
}

/** IPv4 written as IPv6 is judged as the IPv4 that it is. */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.process(address).range() === 'unicast';

/** @throws PrivateAddressError the host is an address, which is never looked up, and not public */
export function assertPublicHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) && !isPublicAddress(host)) throw new PrivateAddressError();
}

/**
 * For `http.request`: looks the name up once and connects to exactly what was judged, so that a
 * second answer of the name server has no say (DNS rebinding). One private address among several
 * refuses them all.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    if (!addresses.every(({ address }) => isPublicAddress(address))) {
      return callback(new PrivateAddressError(), []);
    }
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return callback(null, first?.address ?? '', first?.family);
  });
};
