#include "contracts/bridge/bridge.h"

#include "contracts/governance/governance.h"
#include "contracts/quota/quota.h"
#include "contracts/quota/reserve.h"
#include "contracts/settlement/report.h"
#include "src/base/hex.h"
#include "src/ledger/certificate.h"

namespace pcq::contracts::bridge {
namespace {

constexpr int kMessagesMax = 100;
constexpr std::size_t kNameBytesMax = 64;

struct Source {
    ChainId chain;
    proto::ForeignChainRecord record;
    ledger::Header header;
    ledger::LightClient client;
};

// The header of a chain that this one knows, certified by that chain's validators.
Result<Source> certified(const StateReader& state, const Bytes& header_bytes, const Bytes& certificate) {
    proto::Header peek;
    if (!ledger::decode_canonical(header_bytes, peek))
        return Error{Code::bad_header, "the header is no canonical pcq.v1.Header"};
    const auto chain = ChainId::from(peek.chain_id());
    auto record = chain ? kForeignChains.find(state, *chain) : std::nullopt;
    if (!record) {
        return Error{Code::bridge_unknown_source,
                     "chain " + to_hex(peek.chain_id()) + " is not known to this one"};
    }
    auto validators = ledger::ValidatorSet::from(record->validators());
    PCQ_INVARIANT(validators.has_value());
    ledger::LightClient client(*chain, *std::move(validators), record->validators_from());
    auto header = client.verify(header_bytes, certificate);
    if (!header) return header.error();
    return Source{*chain, *std::move(record), *std::move(header), std::move(client)};
}

Result<> take_main(Context& context, const Source& source, const proto::OutboxRecord& message) {
    if (message.message_case() != proto::OutboxRecord::kPeriodReport) {
        return Error{Code::bridge_wrong_message, "a main chain takes period reports only"};
    }
    return settlement::take_report(context.state, source.chain, message.period_report());
}

Result<> take_side(Context& context, const proto::OutboxRecord& message) {
    switch (message.message_case()) {
        case proto::OutboxRecord::kPeriodUpdate:
            quota::take_period(context.state, message.period_update());
            return {};
        case proto::OutboxRecord::kBatchIssued:
            quota::take_batch(context.state, context.block.chain, message.batch_issued());
            return {};
        case proto::OutboxRecord::kReserveIssued:
            quota::take_reserve(context.state, message.reserve_issued());
            return {};
        default:
            return Error{Code::bridge_wrong_message, "a side chain takes periods, batches and reserves only"};
    }
}

Result<> take_one(Context& context, const Source& source, std::uint64_t index,
                  const proto::ProvenRecord& proven) {
    const Bytes expected = kOutbox.key({context.block.chain, index});
    if (proven.key() != expected) {
        const bool ours =
            proven.key().size() == expected.size() &&
            proven.key().substr(0, expected.size() - 8) == expected.substr(0, expected.size() - 8);
        if (!ours) return Error{Code::bridge_wrong_message, "the record is no message to this chain"};
        return Error{Code::bridge_out_of_order,
                     "message " +
                         std::to_string(load_u64(BytesView(proven.key()).substr(expected.size() - 8))) +
                         " was offered, message " + std::to_string(index) + " is the next to take"};
    }
    if (auto shown =
            ledger::LightClient::verify_record(source.header, proven.key(), proven.value(), proven.proof());
        !shown) {
        return shown.error();
    }
    const auto message = ledger::decode<proto::OutboxRecord>(proven.value());
    if (!message)
        return Error{Code::bridge_wrong_message, "the record is no message that this version knows"};
    const bool is_main = governance::chain(context.state).kind() == proto::CHAIN_KIND_MAIN;
    return is_main ? take_main(context, source, *message) : take_side(context, *message);
}

}  // namespace

Result<> write_genesis(const ledger::Genesis& genesis, Overlay& state) {
    if (genesis.fields.kind() != proto::CHAIN_KIND_SIDE) return {};
    proto::ForeignChainRecord record;
    record.set_name("main");
    *record.mutable_validators() = genesis.fields.main_validators();
    kForeignChains.put(state, *ChainId::from(genesis.fields.main_chain_id()), record);
    return {};
}

Result<> validate(const proto::RegisterSideChain& action) {
    if (auto id = chain_id(action.chain_id(), "chain_id"); !id) return id.error();
    if (auto length = text_length(action.name(), kNameBytesMax, "name"); !length) return length.error();
    if (auto set = ledger::ValidatorSet::from(action.validators()); !set)
        return malformed(set.error().message);
    return {};
}

Result<> validate(const proto::DeliverMessages& action) {
    return in_range(action.messages_size(), {1, kMessagesMax}, "the number of messages");
}

Result<> validate(const proto::SubmitAnchor& action) {
    return in_range(static_cast<std::int64_t>(action.header().size()),
                    {1, static_cast<std::int64_t>(ledger::kHeaderBytesMax)}, "the header's size");
}

Result<> validate(const proto::UpdateValidators& action) {
    if (auto set = ledger::ValidatorSet::from(action.validators()); !set)
        return malformed(set.error().message);
    return in_range(static_cast<std::int64_t>(action.header().size()),
                    {1, static_cast<std::int64_t>(ledger::kHeaderBytesMax)}, "the header's size");
}

Result<Outcome> register_side_chain(Context& context, const proto::RegisterSideChain& action) {
    if (auto allowed = require_role(context, proto::ROLE_GOVERNMENT); !allowed) return allowed.error();
    const ChainId chain = *ChainId::from(action.chain_id());
    if (chain == context.block.chain || kForeignChains.contains(context.state, chain)) {
        return Error{Code::side_chain_exists, "side chain " + to_hex(chain) + " is registered already"};
    }
    auto count = kSideChainCount.find_or_default(context.state, Only());
    const auto number = static_cast<std::uint32_t>(count.value());
    proto::AccountRef reference;
    reference.set_account(chain.bytes());
    kSideChainByNumber.put(context.state, number, reference);
    count.set_value(number + 1u);
    kSideChainCount.put(context.state, Only(), count);

    proto::ForeignChainRecord record;
    record.set_name(action.name());
    *record.mutable_validators() = action.validators();
    record.set_number(number);
    kForeignChains.put(context.state, chain, record);
    quota::send_periods(context.state, chain);
    return Outcome{"registered side chain " + action.name(), {}};
}

Result<Outcome> deliver(Context& context, const proto::DeliverMessages& action) {
    auto source = certified(context.state, action.header(), action.certificate());
    if (!source) return source.error();
    std::uint64_t next = source->record.received();
    for (const auto& proven : action.messages()) {
        if (auto taken = take_one(context, *source, next, proven); !taken) return taken.error();
        ++next;
    }
    // Taking a message may have sent one back, so the record is read again.
    auto record = *kForeignChains.find(context.state, source->chain);
    record.set_received(next);
    kForeignChains.put(context.state, source->chain, record);
    return Outcome{"took " + std::to_string(action.messages_size()) + " messages of " + record.name(), {}};
}

Result<Outcome> submit_anchor(Context& context, const proto::SubmitAnchor& action) {
    auto source = certified(context.state, action.header(), action.certificate());
    if (!source) return source.error();
    const auto latest = kLatestAnchor.find(context.state, source->chain);
    const std::uint64_t height = source->header->height();
    if (latest && height <= latest->height()) {
        return Error{Code::anchor_not_newer,
                     "height " + std::to_string(latest->height()) + " is anchored already"};
    }
    for (const auto& vintage : source->header->totals().vintages()) {
        const auto issued =
            kIssuance.find_or_default(context.state, {source->chain, vintage.vintage()}).issued_g();
        if (vintage.issued_g() > issued) {
            return Error{Code::anchor_contradicts, "the side chain credits " +
                                                       to_text(Grams(vintage.issued_g())) + " of vintage " +
                                                       std::to_string(vintage.vintage()) +
                                                       ", issued to it were " + to_text(Grams(issued))};
        }
    }
    proto::AnchorRecord record;
    record.set_height(height);
    record.set_header_hash(source->header.hash().bytes());
    record.set_state_root(source->header.state_root().bytes());
    record.set_totals(source->header->totals().SerializeAsString());
    record.set_recorded_at(context.block.height);
    kAnchors.put(context.state, {source->chain, height}, record);
    kLatestAnchor.put(context.state, source->chain, record);
    return Outcome{"anchored height " + std::to_string(height) + " of " + source->record.name(), {}};
}

Result<Outcome> update_validators(Context& context, const proto::UpdateValidators& action) {
    auto source = certified(context.state, action.header(), action.certificate());
    if (!source) return source.error();
    if (auto followed = source->client.follow(action.header(), action.certificate(), action.validators());
        !followed)
        return followed.error();
    *source->record.mutable_validators() = action.validators();
    source->record.set_validators_from(source->client.from_height());
    kForeignChains.put(context.state, source->chain, source->record);
    return Outcome{std::to_string(action.validators().validators_size()) + " validators certify " +
                       source->record.name() + " from height " +
                       std::to_string(source->client.from_height()) + " on",
                   {}};
}

void send(Overlay& state, const ChainId& to, const proto::OutboxRecord& message) {
    auto record = kForeignChains.find(state, to);
    PCQ_INVARIANT(record.has_value());
    kOutbox.put(state, {to, record->sent()}, message);
    record->set_sent(record->sent() + 1);
    kForeignChains.put(state, to, *record);
}

void send_to_all(Overlay& state, const proto::OutboxRecord& message) {
    const std::uint32_t count = side_chains(state);
    for (std::uint32_t number = 0; number < count; ++number) send(state, side_chain(state, number), message);
}

std::optional<proto::ForeignChainRecord> foreign_chain(const StateReader& state, const ChainId& chain) {
    return kForeignChains.find(state, chain);
}

std::uint32_t side_chains(const StateReader& state) {
    return static_cast<std::uint32_t>(kSideChainCount.find_or_default(state, Only()).value());
}

ChainId side_chain(const StateReader& state, std::uint32_t number) {
    const auto reference = kSideChainByNumber.find(state, number);
    PCQ_INVARIANT(reference.has_value());
    return *ChainId::from(reference->account());
}

}  // namespace pcq::contracts::bridge
