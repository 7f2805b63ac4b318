import { credentials, Metadata } from '@grpc/grpc-js';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import * as pb from '@eventstore/db-client/generated/streams_pb';

export const none = () => new shared.Empty();

/** A client of the stubs for this connection string. */
export function clientOf(url: string): { readonly streams: StreamsClient; readonly metadata: Metadata } {
  const { host, username, password, searchParams } = new URL(url.replace(/^esdb(\+discover)?:/, 'http:'));
  const isPlain = searchParams.get('tls') === 'false';
  const metadata = new Metadata();
  if (username !== '') metadata.set('authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  return { streams: new StreamsClient(host, isPlain ? credentials.createInsecure() : credentials.createSsl()), metadata };
}

export function options(): pb.ReadReq.Options {
  return new pb.ReadReq.Options().setUuidOption(new pb.ReadReq.Options.UUIDOption().setString(none()));
}

type Expecting = pb.AppendReq.Options | pb.BatchAppendReq.Options | pb.DeleteReq.Options | pb.TombstoneReq.Options;

export function expecting<O extends Expecting>(sent: O, expected: string): O {
  if (expected === 'none') sent.setNoStream(none());
  else if (expected === 'any') sent.setAny(none());
  else if (expected === 'exists') sent.setStreamExists(none());
  else if ('setRevision' in sent) sent.setRevision(expected);
  else sent.setStreamPosition(expected);
  return sent;
}
