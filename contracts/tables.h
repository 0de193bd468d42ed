// Every table of the contracts: its number for ever, its key and its record. A module writes its own
// tables only; others read and change them through its functions.
#pragma once

#include <tuple>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/state.pb.h"

#include "src/ledger/account.h"
#include "src/ledger/table.h"

namespace pcq::contracts {

using ledger::Only;
using ledger::Table;
using ledger::TableId;

using Period = std::uint32_t;
using AccountPeriod = std::tuple<AccountId, Period>;
using VersionOf =
    std::tuple<std::uint32_t, BytesView>;  // the number of a version, and the name of what it is of
using Empty = proto::Counter;              // a record whose presence is all it says

template <class Key, class Record>
constexpr Table<Key, Record> table(std::uint8_t number) {
    return Table<Key, Record>(static_cast<TableId>(number));
}

// registry
inline const auto kRegistry = table<Only, proto::RegistryRecord>(16);
inline const auto kAccountByNumber = table<std::uint64_t, proto::AccountRef>(17);
inline const auto kKycCommitments = table<Hash, proto::AccountRef>(18);
inline const auto kFreezes = table<AccountId, proto::FreezeRecord>(19);
inline const auto kFreezeEnds = table<Only, proto::FreezeEnds>(20);
inline const auto kTrusted = table<AccountId, proto::TrustedRecord>(21);
inline const auto kDays = table<AccountId, proto::DayRecord>(22);

// quota
inline const auto kPeriods = table<Period, proto::PeriodRecord>(32);
inline const auto kPeriodList = table<Only, proto::PeriodList>(33);
inline const auto kVintageTotals = table<Period, proto::VintageTotals>(34);
inline constexpr std::uint8_t kBatchesNumber = 35;
inline const auto kBatches =
    table<std::tuple<ChainId, Period, std::uint32_t>, proto::BatchRecord>(kBatchesNumber);
inline constexpr std::uint8_t kIssuanceNumber = 36;
inline const auto kIssuance = table<std::tuple<ChainId, Period>, proto::IssuanceRecord>(kIssuanceNumber);
inline constexpr std::uint8_t kHoldingsNumber = 37;
inline const auto kHoldings = table<AccountPeriod, proto::HoldingRecord>(kHoldingsNumber);
inline const auto kWaiting = table<AccountPeriod, proto::WaitingRecord>(38);
inline constexpr std::uint8_t kReservesNumber = 39;
inline const auto kReserves = table<Period, proto::ReserveRecord>(kReservesNumber);
inline const auto kAllocationRules = table<VersionOf, proto::AllocationRuleRecord>(40);
inline const auto kAllocationRuleList = table<Only, proto::NamedVersions>(41);

// emissions
inline const auto kEmissions = table<AccountPeriod, proto::EmissionRecord>(48);
inline const auto kCorrections = table<std::uint64_t, proto::CorrectionRecord>(49);
inline const auto kCorrectionCount = table<Only, proto::Counter>(50);
inline const auto kDisputes = table<std::uint64_t, proto::DisputeRecord>(51);
inline const auto kDisputeCount = table<Only, proto::Counter>(52);
inline const auto kMethodologies = table<VersionOf, proto::MethodologyRecord>(53);
inline const auto kMethodologyList = table<Only, proto::NamedVersions>(54);
inline const auto kActivities = table<Hash, proto::ActivityRecord>(55);
inline constexpr std::uint8_t kCreditsNumber = 56;
inline const auto kCredits = table<AccountPeriod, proto::CreditRecord>(kCreditsNumber);
inline constexpr std::uint8_t kCreditTotalsNumber = 57;
inline const auto kCreditTotals = table<Period, proto::CreditTotalsRecord>(kCreditTotalsNumber);

// cash
inline constexpr std::uint8_t kCashNumber = 64;
inline const auto kCash = table<AccountId, proto::CashRecord>(kCashNumber);
inline const auto kCashTotals = table<Only, proto::CashTotalsRecord>(65);
inline const auto kCashReferences = table<Hash, Empty>(66);
inline const auto kDebts = table<AccountPeriod, proto::DebtRecord>(67);
inline const auto kLiabilities = table<AccountId, proto::LiabilityRecord>(68);

// pricing
inline const auto kCosts = table<Only, proto::CostsRecord>(80);
inline const auto kEpochs = table<std::tuple<Period, std::uint32_t>, proto::EpochRecord>(81);
inline const auto kSweeps = table<Only, proto::SweepQueue>(82);
inline const auto kService = table<Only, proto::ServiceRecord>(83);
inline const auto kFees = table<Period, proto::FeeRecord>(84);
inline const auto kLastFees = table<Only, proto::FeeRecord>(85);

// market
inline const auto kMembers = table<AccountPeriod, proto::MemberRecord>(96);
inline constexpr std::uint8_t kBooksNumber = 97;
inline const auto kBooks = table<Period, proto::BookRecord>(kBooksNumber);
inline const auto kOrders = table<Hash, proto::OrderRecord>(98);
inline const auto kOrderLists = table<AccountPeriod, proto::OrderList>(99);
inline const auto kQueues = table<std::tuple<Period, std::uint32_t, std::uint64_t>, proto::QueueRecord>(100);
inline const auto kOrderBooks = table<Period, proto::OrderBookRecord>(101);
inline const auto kOpenBooks = table<Only, proto::OpenBooks>(102);
inline const auto kExpiringOrders = table<std::uint64_t, proto::ExpiringOrders>(103);
// Orders of the running block, by the order of placing; empty between blocks.
inline const auto kNewOrders = table<std::uint64_t, proto::AccountRef>(104);
inline const auto kNewOrderCount = table<Only, proto::Counter>(105);

// settlement
inline const auto kSettlements = table<AccountPeriod, proto::SettlementRecord>(112);
inline const auto kPeriodReports = table<std::tuple<ChainId, Period>, proto::PeriodReport>(113);
inline const auto kPeriodSums = table<Period, proto::PeriodSums>(114);
inline const auto kObligations = table<AccountId, proto::ObligationRecord>(115);
inline const auto kClawbacks = table<std::uint64_t, proto::ClawbackRecord>(116);
inline const auto kClawbackCount = table<Only, proto::Counter>(117);

// bridge
inline const auto kOutbox = table<std::tuple<ChainId, std::uint64_t>, proto::OutboxRecord>(128);
inline const auto kForeignChains = table<ChainId, proto::ForeignChainRecord>(129);
inline const auto kSideChainByNumber = table<std::uint32_t, proto::AccountRef>(130);
inline const auto kSideChainCount = table<Only, proto::Counter>(131);
inline const auto kAnchors = table<std::tuple<ChainId, std::uint64_t>, proto::AnchorRecord>(132);
inline const auto kLatestAnchor = table<ChainId, proto::AnchorRecord>(133);

// governance
inline const auto kChain = table<Only, proto::ChainRecord>(144);
inline const auto kVoters = table<Only, proto::VoterSet>(145);
inline const auto kProposals = table<std::uint64_t, proto::ProposalRecord>(146);
inline const auto kProposalCount = table<Only, proto::Counter>(147);
inline const auto kOpenProposals = table<Only, proto::OpenProposals>(148);
inline const auto kParameterHistory = table<std::uint32_t, proto::ParameterRecord>(149);
inline const auto kParameterCount = table<Only, proto::Counter>(150);
inline const auto kPauses = table<std::uint64_t, proto::PauseRecord>(151);
inline const auto kValidatorSets = table<std::uint32_t, proto::ValidatorSetRecord>(153);  // by number, from 0
inline const auto kValidatorSetCount = table<Only, proto::Counter>(154);
inline const auto kPauseCount = table<Only, proto::Counter>(152);

// audit
inline const auto kAttestations = table<Only, proto::Attestations>(160);

}  // namespace pcq::contracts
