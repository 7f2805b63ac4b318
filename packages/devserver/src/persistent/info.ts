import { SubscriptionInfo } from '@eventstore/db-client/generated/persistent_pb';
import type { Consumer } from './consumers';
import type { Group } from './group';
import { ALL } from './requests';

/** What clients can ask about a group. Rates are not measured. */
export async function infoOf(group: Group): Promise<SubscriptionInfo> {
  const { spec, deliveries, known, checkpoint } = group;
  const { settings } = spec;
  const { first, end } = await group.parked.bounds();
  const info = new SubscriptionInfo();
  const place = (at: number | undefined): string => (at === undefined || at < 0 ? '' : placed(spec.stream, at));
  info.setEventSource(spec.stream).setGroupName(spec.group).setStatus('Live');
  info.setConnectionsList(deliveries.consumers.map(connectionOf));
  info.setTotalItems(String(deliveries.total));
  info.setCountSinceLastMeasurement('0');
  info.setLastKnownEventPosition(place(known)).setLastCheckpointedEventPosition(place(checkpoint.last));
  info.setStartFrom(spec.from === 'end' ? endOf(spec.stream) : placed(spec.stream, spec.from === 'start' ? 0 : spec.from));
  info.setResolveLinkTos(settings.resolveLinks).setExtraStatistics(settings.extraStatistics);
  info.setMessageTimeoutMilliseconds(settings.messageTimeout).setMaxRetryCount(settings.maxRetries);
  info.setLiveBufferSize(settings.liveBuffer).setBufferSize(settings.historyBuffer).setReadBatchSize(settings.readBatch);
  info.setCheckPointAfterMilliseconds(settings.checkpointAfter);
  info.setMinCheckPointCount(settings.minCheckpoint).setMaxCheckPointCount(settings.maxCheckpoint);
  info.setReadBufferCount(deliveries.ahead.length).setRetryBufferCount(deliveries.again.length).setLiveBufferCount('0');
  info.setTotalInFlightMessages(deliveries.inFlight).setOutstandingMessagesCount(deliveries.inFlight);
  info.setNamedConsumerStrategy(settings.strategy).setMaxSubscriberCount(settings.maxSubscribers);
  return info.setParkedMessageCount(String(Math.max(0, end - first)));
}

function connectionOf({ from, name, total, bufferSize, inFlight }: Consumer): SubscriptionInfo.ConnectionInfo {
  const info = new SubscriptionInfo.ConnectionInfo();
  info.setFrom(from).setUsername('anonymous').setConnectionName(name);
  info.setTotalItems(String(total)).setCountSinceLastMeasurement('0');
  return info.setAvailableSlots(bufferSize - inFlight.size).setInFlightMessages(inFlight.size);
}

function placed(stream: string, at: number): string {
  return stream === ALL ? `C:${at}/P:${at}` : String(at);
}

function endOf(stream: string): string {
  return stream === ALL ? 'C:-1/P:-1' : '-1';
}
