// Accounts by their address: what a caller may send, and how answers name them.
#include <set>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>

#include "proto/pcq/v1/block.pb.h"
#include "proto/pcq/v1/state.pb.h"
#include "proto/pcq/v1/transaction.pb.h"

#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/rpc/json.h"
#include "src/rpc/methods.h"

namespace pcq::rpc {
namespace {

namespace json = boost::json;
using google::protobuf::FieldDescriptor;
using testing::HasSubstr;

const AccountId kAccount = *AccountId::from(std::string(32, '\x7f'));

Result<AccountId> sent(const std::string& text) {
    static const std::vector<Param> kDeclared{
        {.name = "account", .type = ParamType::account, .required = true, .about = "whose"}};
    const auto arguments = Arguments::from(kDeclared, json::object{{"account", text}}, Directory({}));
    if (!arguments) return arguments.error();
    return *arguments->account("account");
}

TEST(Accounts, AreTakenByAddressAndByHexadecimalId) {
    EXPECT_EQ(*sent(to_address(kAccount)), kAccount);
    EXPECT_EQ(*sent(to_hex(kAccount)), kAccount);
}

TEST(Accounts, AreRefusedWithWhatIsWrongAboutTheAddress) {
    std::string mistyped = to_address(kAccount);
    mistyped.back() = mistyped.back() == 'q' ? 'p' : 'q';
    std::string mixed = to_address(kAccount);
    mixed[0] = 'P';
    const std::pair<std::string, const char*> wrong[] = {
        {mistyped, "its checksum is wrong"},
        {mixed, "mixes upper and lower case"},
        {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
         "its prefix is \"bc\", expected \"pcq\""},
        {"me", "its address (pcq1...) or 64 hexadecimal digits, got \"me\""},
        {"abcd", "expected 64 hexadecimal digits, got 4"},
    };
    for (const auto& [text, why] : wrong) {
        const auto account = sent(text);
        ASSERT_FALSE(account) << text;
        EXPECT_EQ(account.error().code, Code::parameter_invalid);
        EXPECT_THAT(account.error().message, HasSubstr("parameter \"account\""));
        EXPECT_THAT(account.error().message, HasSubstr(why));
    }
}

TEST(Accounts, AreShownAsAddressesInRecordsEventsAndActions) {
    const std::string address = to_address(kAccount);
    proto::Receipt receipt;
    receipt.set_transaction(kAccount.bytes());  // the same bytes as a hash stay hexadecimal
    auto* traded = receipt.add_events()->mutable_traded();
    traded->set_seller(kAccount.bytes());
    traded->set_buyer(kAccount.bytes());
    const auto event = to_json(receipt);
    EXPECT_EQ(event.at("transaction").as_string(), to_hex(kAccount));
    EXPECT_EQ(event.at("events").at(0).at("traded").at("seller").as_string(), address);
    EXPECT_EQ(event.at("events").at(0).at("traded").at("buyer").as_string(), address);

    proto::CorrectionRecord correction;
    correction.set_account(kAccount.bytes());
    correction.set_proposed_by(kAccount.bytes());
    const auto record = to_json(correction);
    EXPECT_EQ(record.at("account").as_string(), address);
    EXPECT_EQ(record.at("proposed_by").as_string(), address);
    EXPECT_EQ(record.at("approved_by").as_string(), "");  // nobody yet

    proto::TransactionBody body;
    body.set_account("short");  // a transaction may say anything: shown, not judged
    body.mutable_transfer_cash()->set_to(kAccount.bytes());
    EXPECT_EQ(to_json(body).at("account").as_string(), to_hex("short"));
    EXPECT_EQ(to_json(body).at("transfer_cash").at("to").as_string(), address);
}

// Whoever adds a field of bytes says here whether it names an account (and then in json.cc).
TEST(Accounts, AreAllTheFieldsOfBytesThatAreNotKnownToBeSomethingElse) {
    const std::set<std::string> accounts{"account", "accounts", "answered_by", "approved_by", "auditor",
                                         "buyer",   "by",       "from",        "frozen_by",   "government",
                                         "heir",    "meter",    "platform",    "proposed_by", "resumed_by",
                                         "seller",  "to",       "voter"};
    const std::set<std::string> others{"activity",
                                       "after",
                                       "before",
                                       "first",
                                       "last",
                                       "order",
                                       "orders",
                                       "block",
                                       "block_hash",
                                       "body",
                                       "certificate",
                                       "chain",
                                       "chain_id",
                                       "data",
                                       "header",
                                       "hash",
                                       "header_hash",
                                       "key",
                                       "kyc_commitment",
                                       "main_chain_id",
                                       "merkle_root",
                                       "other_key_hash",
                                       "other_value_hash",
                                       "possession",
                                       "possessions",
                                       "previous_hash",
                                       "proof",
                                       "proposer",
                                       "receipts",
                                       "receipts_root",
                                       "next_validators_hash",
                                       "reference",
                                       "sequence_used",
                                       "siblings",
                                       "side_chain",
                                       "signature",
                                       "state_root",
                                       "totals",
                                       "transaction",
                                       "transactions",
                                       "transactions_root",
                                       "validators_hash",
                                       "value"};
    for (const auto* file :
         {proto::Receipt::descriptor()->file(), proto::AccountRecord::descriptor()->file(),
          proto::TransactionBody::descriptor()->file(), proto::EmissionRecord::descriptor()->file(),
          proto::ProposalRecord::descriptor()->file(), proto::AllocationRow::descriptor()->file(),
          proto::FreezeRecord::descriptor()->file()}) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const auto& message = *file->message_type(i);
            for (int at = 0; at < message.field_count(); ++at) {
                const auto& field = *message.field(at);
                if (field.type() != FieldDescriptor::TYPE_BYTES) continue;
                EXPECT_EQ(accounts.count(field.name()) + others.count(field.name()), 1U) << field.full_name();
            }
        }
    }
    for (const auto& name : accounts) {
        bool found = false;
        for (const auto* message :
             {proto::Traded::descriptor(), proto::TransferCash::descriptor(),
              proto::ChainRecord::descriptor(), proto::MonthRecord::descriptor(),
              proto::CorrectionRecord::descriptor(), proto::DisputeRecord::descriptor(),
              proto::VoterSet::descriptor(), proto::VoteCast::descriptor(), proto::PauseRecord::descriptor(),
              proto::Transferred::descriptor(), proto::FreezeRecord::descriptor(),
              proto::CloseAccount::descriptor(), proto::Attestation::descriptor()}) {
            const auto* field = message->FindFieldByName(name);
            if (field == nullptr || field->type() != FieldDescriptor::TYPE_BYTES) continue;
            found = true;
            const std::unique_ptr<google::protobuf::Message> made(
                google::protobuf::MessageFactory::generated_factory()->GetPrototype(message)->New());
            if (field->is_repeated()) {
                made->GetReflection()->AddString(made.get(), field, kAccount.bytes());
                EXPECT_EQ(to_json(*made).at(name).at(0).as_string(), to_address(kAccount)) << name;
            } else {
                made->GetReflection()->SetString(made.get(), field, kAccount.bytes());
                EXPECT_EQ(to_json(*made).at(name).as_string(), to_address(kAccount)) << name;
            }
        }
        EXPECT_TRUE(found) << name;
    }
}

TEST(Accounts, AreDescribedInOpenRpcByAPatternThatFitsThem) {
    const auto document = openrpc("1");
    std::size_t found = 0;
    for (const auto& method : document.at("methods").as_array()) {
        for (const auto& param : method.at("params").as_array()) {
            if (param.at("name").as_string() != "account") continue;
            ++found;
            const std::string pattern(param.at("schema").at("pattern").as_string());
            EXPECT_THAT(to_address(kAccount), testing::MatchesRegex(pattern));
            EXPECT_THAT(to_hex(kAccount), testing::MatchesRegex(pattern));
            EXPECT_THAT("bc1" + to_address(kAccount).substr(4), testing::Not(testing::MatchesRegex(pattern)));
        }
    }
    // account, settlement, orders, emissions, credits, debts, trusted, freeze, subscribe
    EXPECT_EQ(found, 9U);
}

}  // namespace
}  // namespace pcq::rpc
