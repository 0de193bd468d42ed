#include "contracts/governance/votes.h"

#include <algorithm>

#include "contracts/governance/governance.h"
#include "contracts/governance/validators.h"
#include "src/ledger/certificate.h"

namespace pcq::contracts::governance {
namespace {

constexpr std::uint64_t kAheadLeast = 10;
constexpr std::uint64_t kAheadMost = 1'000'000;
constexpr int kOpenMax = 16;

bool is_voter(const proto::VoterSet& voters, const AccountId& account) {
    return std::find(voters.accounts().begin(), voters.accounts().end(), account.bytes()) !=
           voters.accounts().end();
}

Result<proto::VoterSet> require_voter(const Context& context) {
    auto voters = kVoters.find_or_default(context.state, Only());
    if (is_voter(voters, context.account)) return voters;
    return Error{Code::not_authorised,
                 "only the organisations that validate this chain propose changes and vote"};
}

std::uint32_t version_in_force(const StateReader& state) {
    const auto record = kChain.find(state, Only());
    return record ? std::max(record->contracts_version(), 1u) : 1u;
}

// Of those who vote now: who validates no more has no say in what comes.
bool has_quorum(const proto::ProposalRecord& record, const proto::VoterSet& voters) {
    const auto approvals =
        std::count_if(record.votes().begin(), record.votes().end(), [&voters](const proto::VoteCast& cast) {
            return cast.approve() && is_voter(voters, *AccountId::from(cast.voter()));
        });
    const auto n = static_cast<std::uint32_t>(voters.accounts_size());
    return static_cast<std::uint32_t>(approvals) >= ledger::quorum(n);
}

// The record takes the vote; with a quorum for it the change is accepted.
void count_vote(proto::ProposalRecord& record, const proto::VoterSet& voters, const AccountId& voter,
                bool approve) {
    auto& vote = *record.add_votes();
    vote.set_voter(voter.bytes());
    vote.set_approve(approve);
    if (has_quorum(record, voters)) record.set_status(proto::PROPOSAL_STATUS_ACCEPTED);
}

// One organisation alone must not keep the others from proposing: each has its share of the places.
Result<> require_place(const Context& context, const proto::OpenProposals& open, int voters) {
    const auto own = std::count_if(open.proposals().begin(), open.proposals().end(), [&](const auto& entry) {
        return kProposals.find(context.state, entry.number())->proposed_by() == context.account.view();
    });
    const int share = (kOpenMax + voters - 1) / voters;
    if (open.proposals_size() < kOpenMax && own < share) return {};
    return Error{Code::proposals_too_many,
                 std::to_string(open.proposals_size()) + " proposals wait for their height, " +
                     std::to_string(own) + " of them this account's; at most " + std::to_string(kOpenMax) +
                     " may, and " + std::to_string(share) + " of one account"};
}

void remember(Overlay& state, const proto::ParameterRecord& record) {
    auto count = kParameterCount.find_or_default(state, Only());
    kParameterHistory.put(state, static_cast<std::uint32_t>(count.value()), record);
    count.set_value(count.value() + 1);
    kParameterCount.put(state, Only(), count);
}

// What the proposal wanted otherwise than it was when it was made; what others have changed since stays.
proto::Parameters changed(const StateReader& state, proto::Parameters now,
                          const proto::ProposalRecord& proposal) {
    const auto then = parameters_at(state, proposal.proposed_height()).parameters();
    const auto& fields = *proto::Parameters::descriptor();
    for (int i = 0; i < fields.field_count(); ++i) {
        const std::vector one{fields.field(i)};
        proto::Parameters wanted = proposal.change().parameters();
        proto::Parameters with = then;
        proto::Parameters::GetReflection()->SwapFields(&with, &wanted, one);
        if (with.SerializeAsString() == then.SerializeAsString()) continue;
        proto::Parameters::GetReflection()->SwapFields(&now, &with, one);
    }
    return now;
}

// False: it is not possible any more, and nothing has changed.
bool put_in_force(Overlay& state, std::uint64_t number, const proto::ProposalRecord& proposal) {
    if (proposal.change().has_validators())
        return change_validators(state, proposal.change().validators(), {proposal.activate_height(), number});
    auto record = chain(state);
    if (proposal.change().has_parameters()) {
        *record.mutable_parameters() = changed(state, record.parameters(), proposal);
    } else if (proposal.change().contracts_version() > version_in_force(state)) {
        record.set_contracts_version(proposal.change().contracts_version());
    }
    kChain.put(state, Only(), record);
    proto::ParameterRecord entry;
    entry.set_from_height(proposal.activate_height());
    entry.set_proposal(number);
    *entry.mutable_parameters() = record.parameters();
    entry.set_contracts_version(version_in_force(state));
    remember(state, entry);
    return true;
}

proto::Event decide(Overlay& state, std::uint64_t number) {
    auto proposal = *kProposals.find(state, number);
    const bool accepted =
        has_quorum(proposal, kVoters.find_or_default(state, Only())) && put_in_force(state, number, proposal);
    proposal.set_status(accepted ? proto::PROPOSAL_STATUS_IN_FORCE : proto::PROPOSAL_STATUS_LAPSED);
    kProposals.put(state, number, proposal);
    proto::Event event;
    event.mutable_change_decided()->set_proposal(number);
    event.mutable_change_decided()->set_in_force(accepted);
    return event;
}

}  // namespace

Result<> validate(const proto::ProposeChange& action) {
    if (auto reason = text_length(action.reason(), kReasonBytesMax, "reason"); !reason) return reason.error();
    if (action.change().change_case() == proto::Change::CHANGE_NOT_SET)
        return malformed("a proposal names parameters, a version of the contracts or validators");
    if (action.change().has_validators()) return validate(action.change().validators());
    return {};
}

Result<Outcome> propose_change(Context& context, const proto::ProposeChange& action) {
    const auto voters = require_voter(context);
    if (!voters) return voters.error();
    const proto::Change& change = action.change();
    if (change.has_parameters()) {
        if (auto checked = check_parameters(chain(context.state).kind(), change.parameters()); !checked)
            return checked.error();
    } else if (change.has_validators()) {
        if (auto checked = check_validators(context, change.validators()); !checked) return checked.error();
    } else if (change.contracts_version() <= version_in_force(context.state)) {
        return Error{Code::version_not_newer, "version " + std::to_string(version_in_force(context.state)) +
                                                  " of the contracts is in force; there is no way back"};
    }
    const std::uint64_t least = context.block.height + kAheadLeast;
    const std::uint64_t most = context.block.height + kAheadMost;
    if (action.activate_height() < least || action.activate_height() > most) {
        return Error{Code::height_outside_range, "activate_height must be " + std::to_string(least) + " to " +
                                                     std::to_string(most) + ", is " +
                                                     std::to_string(action.activate_height())};
    }
    auto open = kOpenProposals.find_or_default(context.state, Only());
    if (auto place = require_place(context, open, voters->accounts_size()); !place) return place.error();
    auto count = kProposalCount.find_or_default(context.state, Only());
    count.set_value(count.value() + 1);
    kProposalCount.put(context.state, Only(), count);
    auto& entry = *open.add_proposals();
    entry.set_number(count.value());
    entry.set_activate_height(action.activate_height());
    kOpenProposals.put(context.state, Only(), open);

    proto::ProposalRecord record;
    record.set_proposed_by(context.account.bytes());
    record.set_reason(action.reason());
    record.set_proposed_height(context.block.height);
    record.set_activate_height(action.activate_height());
    *record.mutable_change() = change;
    count_vote(record, *voters, context.account, true);
    kProposals.put(context.state, count.value(), record);
    proto::Event event;
    event.mutable_change_proposed()->set_proposal(count.value());
    event.mutable_change_proposed()->set_activate_height(action.activate_height());
    return Outcome{"proposed change " + std::to_string(count.value()) + " for height " +
                       std::to_string(action.activate_height()),
                   {event}};
}

Result<Outcome> vote(Context& context, const proto::VoteOnChange& action) {
    const auto voters = require_voter(context);
    if (!voters) return voters.error();
    auto record = kProposals.find(context.state, action.proposal());
    if (!record) {
        return Error{Code::proposal_unknown,
                     "proposal " + std::to_string(action.proposal()) + " does not exist"};
    }
    if (record->status() == proto::PROPOSAL_STATUS_IN_FORCE ||
        record->status() == proto::PROPOSAL_STATUS_LAPSED) {
        return Error{Code::proposal_closed,
                     "proposal " + std::to_string(action.proposal()) + " has been decided"};
    }
    const auto same = [&context](const proto::VoteCast& cast) {
        return cast.voter() == context.account.view();
    };
    if (std::any_of(record->votes().begin(), record->votes().end(), same))
        return Error{Code::vote_repeated, "each organisation votes once"};
    const bool accepted_before = record->status() == proto::PROPOSAL_STATUS_ACCEPTED;
    count_vote(*record, *voters, context.account, action.approve());
    kProposals.put(context.state, action.proposal(), *record);
    const bool accepted = record->status() == proto::PROPOSAL_STATUS_ACCEPTED;
    return Outcome{std::string(action.approve() ? "approved" : "voted against") + " proposal " +
                       std::to_string(action.proposal()) +
                       (accepted && !accepted_before ? ", which is accepted now" : ""),
                   {}};
}

void remember_first(const proto::Parameters& parameters, Overlay& state) {
    proto::ParameterRecord record;
    *record.mutable_parameters() = parameters;
    record.set_contracts_version(1);
    remember(state, record);
}

std::vector<proto::Event> decide_changes(const BlockContext& block, Overlay& state) {
    auto open = kOpenProposals.find(state, Only());
    if (!open) return {};
    std::vector<proto::Event> events;
    proto::OpenProposals left;
    for (const auto& entry : open->proposals()) {
        if (entry.activate_height() > block.height + 1) {
            *left.add_proposals() = entry;
        } else {
            events.push_back(decide(state, entry.number()));
        }
    }
    if (events.empty()) return events;
    if (left.proposals().empty()) {
        kOpenProposals.remove(state, Only());
    } else {
        kOpenProposals.put(state, Only(), left);
    }
    return events;
}

Result<> check_version(const StateReader& state) {
    const std::uint32_t version = version_in_force(state);
    if (version <= kContractsVersion) return {};
    return Error{Code::contracts_version_unknown,
                 "from this height the chain runs version " + std::to_string(version) +
                     " of the contracts, by vote of its organisations; this program knows versions up to " +
                     std::to_string(kContractsVersion) + ": upgrade it"};
}

proto::ParameterRecord parameters_at(const StateReader& state, std::uint64_t height) {
    auto index = static_cast<std::uint32_t>(kParameterCount.find_or_default(state, Only()).value());
    PCQ_INVARIANT(index > 0);
    auto record = *kParameterHistory.find(state, --index);
    while (record.from_height() > height) record = *kParameterHistory.find(state, --index);
    return record;
}

}  // namespace pcq::contracts::governance
