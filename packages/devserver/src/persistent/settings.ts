import type { CreateReq, UpdateReq } from '@eventstore/db-client/generated/persistent_pb';
import { invalid } from '../wire/status';

const STRATEGIES = ['DispatchToSingle', 'RoundRobin', 'Pinned'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** As the client requested them; all times in milliseconds. */
export interface Settings {
  readonly resolveLinks: boolean;
  readonly extraStatistics: boolean;
  /** A message that was not answered for this long is tried again; 0: never. */
  readonly messageTimeout: number;
  /** Retries of one message, not counting the first attempt; then it is parked. */
  readonly maxRetries: number;
  readonly checkpointAfter: number;
  readonly minCheckpoint: number;
  readonly maxCheckpoint: number;
  /** 0: any number. */
  readonly maxSubscribers: number;
  readonly liveBuffer: number;
  readonly readBatch: number;
  /** The most messages that are read ahead. */
  readonly historyBuffer: number;
  readonly strategy: Strategy;
}

type Sent = CreateReq.Settings | UpdateReq.Settings;

/** @throws CallError INVALID_ARGUMENT */
export function settingsOf(sent: Sent | undefined): Settings {
  if (!sent) throw invalid('a persistent subscription needs settings');
  const settings: Settings = {
    resolveLinks: sent.getResolveLinks(),
    extraStatistics: sent.getExtraStatistics(),
    messageTimeout: sent.hasMessageTimeoutMs() ? sent.getMessageTimeoutMs() : ticks(sent.getMessageTimeoutTicks()),
    maxRetries: sent.getMaxRetryCount(),
    checkpointAfter: sent.hasCheckpointAfterMs() ? sent.getCheckpointAfterMs() : ticks(sent.getCheckpointAfterTicks()),
    minCheckpoint: sent.getMinCheckpointCount(),
    maxCheckpoint: sent.getMaxCheckpointCount(),
    maxSubscribers: sent.getMaxSubscriberCount(),
    liveBuffer: sent.getLiveBufferSize(),
    readBatch: sent.getReadBatchSize(),
    historyBuffer: sent.getHistoryBufferSize(),
    strategy: strategyOf(sent),
  };
  const negative = Object.entries(settings).filter(([, value]) => typeof value === 'number' && value < 0);
  if (negative.length > 0) throw invalid(`${negative.map(([name]) => name).join(', ')} may not be negative`);
  if (settings.readBatch < 1) throw invalid('the read batch size must be above 0');
  if (settings.historyBuffer <= settings.readBatch) throw invalid('the history buffer must be larger than the read batch');
  return settings;
}

function strategyOf(sent: Sent): Strategy {
  const named = 'getConsumerStrategy' in sent ? sent.getConsumerStrategy() : '';
  const strategy = named === '' ? STRATEGIES[sent.getNamedConsumerStrategy()] : STRATEGIES.find((one) => one === named);
  if (!strategy) throw invalid(`the consumer strategy ${JSON.stringify(named)} is not one of ${STRATEGIES.join(', ')}`);
  return strategy;
}

function ticks(decimal: string): number {
  return Number(BigInt(decimal) / 10_000n);
}
