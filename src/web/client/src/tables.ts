// Where the contracts keep what: the state's tables, for verified reads (contracts/tables.h). A key is the table's
// number and the parts of the key, numbers big-endian.
import { type DescMessage } from '@bufbuild/protobuf';

import { type Bytes, concat, hashBytes, u32, u64, utf8 } from './bytes.js';
import { PcqError } from './error.js';
import * as allocation from './gen/proto/pcq/v1/allocation_pb.js';
import * as block from './gen/proto/pcq/v1/block_pb.js';
import * as emissions from './gen/proto/pcq/v1/emissions_pb.js';
import * as governance from './gen/proto/pcq/v1/governance_pb.js';
import * as life from './gen/proto/pcq/v1/life_pb.js';
import * as state from './gen/proto/pcq/v1/state_pb.js';

type Part<T> = (value: T) => Bytes;
type Key<Parts> = { [K in keyof Parts]: Parts[K] extends Part<infer T> ? T : never };

export interface Table<Parts extends readonly unknown[], Desc extends DescMessage> {
  readonly schema: Desc;
  key(...key: Parts): Bytes;
}

function table<Desc extends DescMessage, Parts extends readonly Part<never>[]>(
  number: number,
  schema: Desc,
  ...parts: Parts
): Table<Key<Parts>, Desc> {
  return {
    schema,
    key: (...key) =>
      concat(Uint8Array.of(number), ...parts.map((part, i) => (part as Part<unknown>)(key[i]))),
  };
}

const id: Part<Bytes> = (bytes) => {
  if (bytes.length !== hashBytes)
    throw new PcqError('bad_argument', `an id has 32 bytes, this one has ${bytes.length}`);
  return bytes;
};
const number: Part<number> = u32; // a period is a calendar year
const large: Part<bigint> = u64;
const name: Part<string> = utf8;

/** Those that tell a person, a wallet or an explorer something; what contracts keep for themselves is left out. */
export const tables = {
  // Of both kinds of chain.
  accounts: table(1, state.AccountRecordSchema, id),
  freezes: table(19, life.FreezeRecordSchema, id),
  periods: table(32, state.PeriodRecordSchema, number),
  periodList: table(33, state.PeriodListSchema),
  vintageTotals: table(34, block.VintageTotalsSchema, number),
  batches: table(35, state.BatchRecordSchema, id, number, number), // side chain, period, batch
  periodReports: table(113, state.PeriodReportSchema, id, number), // side chain, period
  chain: table(144, state.ChainRecordSchema),
  voters: table(145, governance.VoterSetSchema),
  proposals: table(146, governance.ProposalRecordSchema, large),
  proposalCount: table(147, state.CounterSchema),
  parameterHistory: table(149, governance.ParameterRecordSchema, number),
  parameterCount: table(150, state.CounterSchema),
  validatorSets: table(153, governance.ValidatorSetRecordSchema, number),
  validatorSetCount: table(154, state.CounterSchema),
  attestations: table(160, state.AttestationsSchema), // all of them; readAttestations() judges them

  // Of the main chain.
  allocationRules: table(40, allocation.AllocationRuleRecordSchema, number, name), // version, id
  foreignChains: table(129, state.ForeignChainRecordSchema, id),
  anchors: table(132, state.AnchorRecordSchema, id, large), // side chain, height
  latestAnchor: table(133, state.AnchorRecordSchema, id),

  // Of a side chain. Where it says "id, number" these are account and period.
  registry: table(16, state.RegistryRecordSchema),
  accountByNumber: table(17, state.AccountRefSchema, large),
  trusted: table(21, life.TrustedRecordSchema, id),
  days: table(22, life.DayRecordSchema, id),
  holdings: table(37, state.HoldingRecordSchema, id, number),
  waiting: table(38, state.WaitingRecordSchema, id, number),
  reserves: table(39, state.ReserveRecordSchema, number),
  emissions: table(48, emissions.EmissionRecordSchema, id, number),
  corrections: table(49, emissions.CorrectionRecordSchema, large),
  disputes: table(51, emissions.DisputeRecordSchema, large),
  methodologies: table(53, emissions.MethodologyRecordSchema, number, name), // version, id
  credits: table(56, emissions.CreditRecordSchema, id, number),
  creditTotals: table(57, emissions.CreditTotalsRecordSchema, number),
  cash: table(64, state.CashRecordSchema, id),
  cashTotals: table(65, state.CashTotalsRecordSchema),
  debts: table(67, life.DebtRecordSchema, id, number),
  liabilities: table(68, life.LiabilityRecordSchema, id),
  costs: table(80, state.CostsRecordSchema),
  epochs: table(81, state.EpochRecordSchema, number, number), // period, epoch
  service: table(83, state.ServiceRecordSchema),
  fees: table(84, state.FeeRecordSchema, number),
  members: table(96, state.MemberRecordSchema, id, number),
  books: table(97, state.BookRecordSchema, number), // the platform's, by period
  orders: table(98, state.OrderRecordSchema, id), // the hash of the transaction that placed it
  orderLists: table(99, state.OrderListSchema, id, number),
  orderBooks: table(101, state.OrderBookRecordSchema, number),
  settlements: table(112, state.SettlementRecordSchema, id, number),
  periodSums: table(114, state.PeriodSumsSchema, number),
  obligations: table(115, life.ObligationRecordSchema, id),
  clawbacks: table(116, life.ClawbackRecordSchema, large),
  pauses: table(151, governance.PauseRecordSchema, large),
  pauseCount: table(152, state.CounterSchema),
};
