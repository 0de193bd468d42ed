// A dishonest node meets pcq --verify: whatever it changes in an answer is found, and what an honest one says
// is shown as without.
#include "tests/end_to_end/lies.h"

#include <boost/json/parse.hpp>

#include "src/base/address.h"
#include "src/cli/node_blocks.h"
#include "src/rpc/methods.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

// Every place of a value in turn: its value changed, or for lists and objects one entry less.
class Places {
public:
    // `visit` sees the changed whole each time.
    static void change_each(json::value whole, const std::function<void(const json::value&)>& visit) {
        Places places{whole, visit};
        places.change(whole);
    }

private:
    Places(json::value& whole, const std::function<void(const json::value&)>& visit)
        : whole_(whole), visit_(visit) {}

    void change(json::value& at) {
        if (auto* object = at.if_object()) {
            for (auto& member : *object) change(member.value());
        } else if (auto* list = at.if_array()) {
            for (auto& entry : *list) change(entry);
            const auto kept = *list;
            if (!list->empty())
                list->pop_back();
            else
                list->push_back(1);
            visit_(whole_);
            *list = kept;
        } else {
            const auto kept = at;
            if (at.is_bool())
                at = !at.as_bool();
            else if (at.is_string())
                at = at == json::value("1") ? "2" : "1";
            else if (at.is_number())
                at = at.to_number<std::int64_t>() + 1;
            else
                at = "something";
            visit_(whole_);
            at = kept;
        }
    }

    json::value& whole_;
    const std::function<void(const json::value&)>& visit_;
};

TEST_F(Lies, AreFoundWhereverTheyAreInAnAnswer) {
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    std::size_t lies = 0;
    for (const auto& question : questions()) {
        SCOPED_TRACE(question.method);
        const auto params =
            question.params.at("chain") == json::value("side") ? question.with(height_) : question.params;
        liar_.tell({});
        const auto honest = node.ask(question.method, params);
        ASSERT_TRUE(honest) << honest.error().message;
        ASSERT_FALSE(node.opinions().contains(question.method));
        Places::change_each(honest->at("value"), [&](const json::value& changed) {
            liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
                if (method == question.method) response["result"].as_object()["value"] = changed;
            });
            const auto told = node.ask(question.method, params);
            ++lies;
            EXPECT_FALSE(told) << changed;
            if (!told) {
                EXPECT_EQ(told.error().code, Code::bad_proof) << told.error().message;
                EXPECT_THAT(told.error().message, HasSubstr("value"));
            }
        });
    }
    std::cout << lies << " lies\n";
    EXPECT_GT(lies, 300u);
}

// That a list ends here, or that it goes on, or where; and another page than the one asked for.
TEST_F(Lies, AboutTheEndOfAPageAreFound) {
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    client::RpcClient straight(network().rpc(0));
    const auto expect_lie = [&](const std::string& method, const json::object& params,
                                const std::function<void(json::object&)>& lie) {
        liar_.tell([&](const std::string& asked, const json::object&, json::object& response) {
            if (asked == method) lie(response["result"].as_object());
        });
        const auto told = node.ask(method, params);
        ASSERT_FALSE(told) << method << json::value(params);
        EXPECT_EQ(told.error().code, Code::bad_proof) << told.error().message;
    };
    std::size_t goes_on = 0;
    for (const auto& question : questions()) {
        SCOPED_TRACE(question.method);
        const auto at = rpc::find_method(question.method);
        const auto& taken = rpc::methods()[*at].params;
        if (std::none_of(taken.begin(), taken.end(), [](const auto& one) { return one.name == "cursor"; }))
            continue;
        auto params = question.params;
        params["limit"] = 1;
        params["height"] = *network().height(0, std::string(params.at("chain").as_string()));
        liar_.tell({});
        const auto honest = node.ask(question.method, params);
        ASSERT_TRUE(honest) << honest.error().message;
        const auto* next = honest->as_object().if_contains("next");
        expect_lie(question.method, params, [](json::object& result) { result["next"] = "77"; });
        if (next == nullptr) continue;
        ++goes_on;
        expect_lie(question.method, params, [](json::object& result) { result.erase("next"); });
        auto second = params;
        second["cursor"] = *next;
        liar_.tell({});
        ASSERT_TRUE(node.ask(question.method, second));
        const auto first = *straight.call(question.method, params);
        expect_lie(question.method, second,
                   [&](json::object& result) { result["value"] = first.at("value"); });
    }
    EXPECT_GE(goes_on, 1u);
}

TEST_F(Lies, AboutBlocksTransactionsAndReceiptsAreFound) {
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    const json::object params{{"chain", "side"}, {"height", height_}, {"detail", "full"}};
    const auto block = node.ask("block", params);
    ASSERT_TRUE(block) << block.error().message;
    ASSERT_FALSE(block->at("transactions").as_array().empty());
    std::size_t lies = 0;
    Places::change_each(*block, [&](const json::value& changed) {
        liar_.tell([&](const std::string& method, const json::object& asked, json::object& response) {
            if (method == "block" && asked.at("detail") == json::value("full")) response["result"] = changed;
        });
        EXPECT_FALSE(node.ask("block", params)) << changed;
        ++lies;
    });
    const json::object hash{{"chain", "side"}, {"hash", block->at("transactions").at(0).at("hash")}};
    liar_.tell({});
    const auto fate = node.ask("transaction", hash);
    ASSERT_TRUE(fate) << fate.error().message;
    EXPECT_TRUE(fate->at("receipt").at("balances").is_object());
    Places::change_each(*fate, [&](const json::value& changed) {
        if (changed.at("status") != json::value("committed"))
            return;  // a node may always say that it does not know
        liar_.tell([&](const std::string& method, const json::object& asked, json::object& response) {
            if (method == "transaction" && !asked.contains("proof")) response["result"] = changed;
        });
        EXPECT_FALSE(node.ask("transaction", hash)) << changed;
        ++lies;
    });
    EXPECT_GT(lies, 60u);
}

// Blocks of several transactions, whose own work has left no receipt.
class CrowdedBlocks : public Lies {
protected:
    CrowdedBlocks() {
        client::RpcClient straight(network().rpc(0));
        EXPECT_TRUE(eventually([&] {
            for (int number = 0; number < 4; ++number) {
                proto::Deposit deposit;
                deposit.set_account(market().seller(0).account().bytes());
                deposit.set_amount_uy(1);
                deposit.set_reference("crowd " + std::to_string(height_) + " " + std::to_string(number));
                const auto sent =
                    straight.submit("side", market().sign(market().bank(), market().side(), deposit),
                                    {.until_commit = number == 3});
                EXPECT_TRUE(sent) << sent.error().message;
            }
            for (const auto newest = *network().height(0, "side"); height_ < newest;) {
                const auto block = straight.call("block", {{"chain", "side"}, {"height", ++height_}});
                hashes_ = block->at("transactions").as_array();
                if (hashes_.size() < 2) continue;
                const auto last = straight.call(
                    "transaction", {{"chain", "side"}, {"hash", hashes_.back()}, {"proof", true}});
                if (last->at("proof").at("receipt_count") == last->at("proof").at("transaction_count"))
                    return true;
            }
            return false;
        }));
    }

    json::array hashes_;  // of the transactions of block height_
};

// The last of a block has the same path in longer lists as well: how long they are, the header says.
TEST_F(CrowdedBlocks, HaveEachTransactionInItsPlace) {
    const json::object hash{{"chain", "side"}, {"hash", hashes_.back()}};
    const std::uint64_t count = hashes_.size();
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    const auto honest = node.ask("transaction", hash);
    ASSERT_TRUE(honest) << honest.error().message;
    EXPECT_EQ(honest->at("index").to_number<std::uint64_t>(), count - 1);
    for (std::uint64_t index = 2 * (count - 1); index < 65'536; index *= 2) {
        liar_.tell([index](const std::string& method, const json::object&, json::object& response) {
            if (method != "transaction") return;
            auto& said = response["result"].as_object();
            said["index"] = index;
            if (!said.contains("proof")) return;
            auto& shown = said["proof"].as_object();
            shown["index"] = index;
            shown["transaction_count"] = index + 1;
            shown["receipt_count"] = index + 1;
        });
        const auto told = node.ask("transaction", hash);
        ASSERT_FALSE(told) << index;
        EXPECT_EQ(told.error().code, Code::bad_proof) << told.error().message;
    }
    // A receipt more than transactions there may be, by the block's own work; two there are never.
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        auto* shown = response["result"].as_object().if_contains("proof");
        if (method != "transaction" || shown == nullptr) return;
        auto& receipts = shown->as_object()["receipt_count"];
        receipts = receipts.to_number<std::uint64_t>() + 2;
    });
    EXPECT_FALSE(node.ask("transaction", hash));
}

// Those that an audit asks for where it finds others: in one page, or in as many as the node likes.
TEST_F(CrowdedBlocks, GiveTheirReceiptsPageByPage) {
    cli::Session session;
    session.node = client::to_text(liar_.endpoint());
    const auto source = cli::replay_of_node(session, "side");
    ASSERT_TRUE(source) << source.error().message;
    const auto expect_all = [&](std::size_t pages) {
        std::size_t asked = 0;
        liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
            if (method != "block") return;
            ++asked;
            if (pages == 1) return;
            auto& page = response["result"].as_object();
            auto& list = page["transactions"].as_array();
            list.erase(list.begin() + 1, list.end());
            if (asked < pages) page["next"] = std::to_string(asked);
        });
        const auto receipts = source->receipts(height_);
        ASSERT_TRUE(receipts) << receipts.error().message;
        EXPECT_EQ(asked, pages);
        ASSERT_EQ(receipts->size(), hashes_.size());
        for (std::size_t at = 0; at < receipts->size(); ++at) {
            const auto receipt = ledger::decode<proto::Receipt>((*receipts)[at]);
            ASSERT_TRUE(receipt);
            EXPECT_EQ(json::value(to_hex(receipt->transaction())), hashes_[at]);
        }
    };
    expect_all(1);
    expect_all(hashes_.size());
}

// A list as long as the node likes, which here is two pages: shown whole, and of one state.
TEST_F(Lies, PageByPageAreReadToTheLast) {
    std::vector<json::value> heights;
    json::object another;
    liar_.tell([&](const std::string& method, const json::object& asked, json::object& response) {
        if (method != "periods") return;
        auto& page = response["result"].as_object();
        auto& periods = page.at("value").at("periods").as_array();
        heights.push_back(asked.contains("height") ? asked.at("height") : page.at("height"));
        if (!asked.contains("cursor")) {
            periods.resize(1);
            another = periods.front().as_object();
            page["next"] = "2050";
        } else if (asked.at("cursor") == json::value("2050")) {
            another["period"] = 2050;
            periods = {another};
        }
    });
    const auto list = [&](std::vector<std::string> how) {
        how.insert(how.begin(), {program("pcq").string(), "--node", client::to_text(liar_.endpoint())});
        how.insert(how.end(), {"period", "list"});
        return run({how, {}, ""});
    };
    EXPECT_THAT(list({}).out, AllOf(HasSubstr("2026"), HasSubstr("2050")));
    ASSERT_EQ(heights.size(), 2u);
    EXPECT_EQ(heights[0], heights[1]);
    const auto whole = json::parse(list({"--json"}).out);
    EXPECT_EQ(whole.at("value").at("periods").as_array().size(), 2u);
    EXPECT_FALSE(whole.as_object().contains("next"));
}

TEST_F(Lies, ByRefusalOmissionAndOldStatesAreFound) {
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    const std::string who = to_address(market().seller(0).account());
    const json::object params{{"chain", "side"}, {"account", who}};
    const auto honest = node.ask("account", params);
    ASSERT_TRUE(honest) << honest.error().message;

    // "There is no such account": where there is none that is proven, and said.
    const std::string nobody = to_address(Actor::fresh().account());
    const auto none = node.ask("account", {{"chain", "side"}, {"account", nobody}});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::not_found) << none.error().message;
    json::value refusal;
    liar_.tell([&](const std::string&, const json::object& asked, json::object& response) {
        if (asked.contains("account") && asked.at("account") == json::value(nobody))
            refusal = response["error"];
    });
    EXPECT_FALSE(node.ask("account", {{"chain", "side"}, {"account", nobody}}));
    liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
        if (method != "account") return;
        response.erase("result");
        response["error"] = refusal;
    });
    const auto denied = node.ask("account", params);
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code, Code::bad_proof) << denied.error().message;

    // Another's records, true ones.
    const std::string other = to_address(market().seller(1).account());
    client::RpcClient straight(network().rpc(0));
    const auto others = straight.call("account", {{"chain", "side"}, {"account", other}, {"proof", true}});
    ASSERT_TRUE(others);
    liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
        if (method == "account") response["result"] = *others;
    });
    EXPECT_FALSE(node.ask("account", params));

    // An old state, true in its time: not after a newer one has been seen.
    const auto old = straight.call(
        "account", {{"chain", "side"}, {"account", who}, {"proof", true}, {"height", height_ - 1}});
    ASSERT_TRUE(old);
    liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
        if (method == "account") response["result"] = *old;
    });
    const auto stale = node.ask("account", params);
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().code, Code::answer_stale) << stale.error().message;
    EXPECT_FALSE(node.ask("account", {{"chain", "side"}, {"account", who}, {"height", height_}}));

    // Fewer records shown than were read: the rest is asked for, and all comes out the same.
    liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
        if (method == "account") response["result"].at("proof").at("records").as_array().clear();
    });
    const auto lazy = node.ask("account", params);
    ASSERT_TRUE(lazy) << lazy.error().message;
    EXPECT_EQ(lazy->at("value"), honest->at("value"));

    // Records and headers that nobody has certified, in every byte of their text.
    for (const char* part : {"value", "proof"}) {
        liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
            if (method != "state") return;
            auto& text = response["result"].at("records").at(0).at(part);
            text = text.is_null() ? json::value("AAAA") : json::value(nullptr);
        });
        EXPECT_FALSE(node.ask("account", params)) << part;
    }
    for (const char* part : {"header", "certificate"}) {
        liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
            if (method != "account") return;
            auto& text = response["result"].at("proof").at(part).as_string();
            text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
        });
        EXPECT_FALSE(node.ask("account", params)) << part;
    }
}

// What people see of it.
TEST_F(Lies, EndPcqWithFourAndAnHonestNodeIsShownAsEver) {
    const std::string who = to_address(market().seller(0).account());
    const auto hash = std::string(network()
                                      .call(0, "block", {{"chain", "side"}, {"height", height_}})
                                      ->at("transactions")
                                      .at(0)
                                      .as_string());
    const std::vector<std::vector<std::string>> commands{{"account", who},
                                                         {"quota", who},
                                                         {"emissions", who},
                                                         {"market", "prices"},
                                                         {"market", "book"},
                                                         {"tx", hash},
                                                         {"block", std::to_string(height_)},
                                                         {"--chain", "main", "market", "prices"},
                                                         {"market", "why"}};
    for (const auto& command : commands) {
        SCOPED_TRACE(testing::PrintToString(command));
        const auto plain = ask(command);
        const auto verified = ask_at(network().rpc(0), command);
        EXPECT_EQ(verified.code, plain.code) << verified.err;
        EXPECT_EQ(verified.out, plain.out);
        if (plain.code != kDone) continue;
        EXPECT_THAT(verified.err, HasSubstr("signed by a quorum of its 4 validators"));
    }
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        if (method == "account") response["result"].at("value").as_object()["balance_uy"] = "5";
    });
    EXPECT_EQ(ask_at(liar_.endpoint(), {"account", to_address(market().bank().account())}).code, kBroken);
    expect_error(ask_at(liar_.endpoint(), {"account", who}), kBroken,
                 AllOf(HasSubstr("bad_proof"), HasSubstr("it says value.balance_uy is \"5\"")));
    // Without --verify the lie is believed.
    EXPECT_THAT(
        run({{program("pcq").string(), "--node", client::to_text(liar_.endpoint()), "account", who}, {}, ""})
            .out,
        HasSubstr("0.000005 CNY"));
    expect_error(ask_at(network().rpc(0), {"--verify", file("none.json"), "account", who}), kUsage,
                 HasSubstr("cannot read"));
    // Of another network.
    ASSERT_EQ(run({{program("pcq").string(), "net", "init", "--dir", file("other")}, {}, ""}).code, kDone);
    expect_error(run({{program("pcq").string(), "--node", network().address(0), "--verify",
                       file("other/side.json"), "account", who},
                      {},
                      ""}),
                 kUsage, HasSubstr("chain_unknown"));
}

// A node that says "done" of what it has thrown away.
TEST_F(Lies, ThatSomethingIsDoneAreFound) {
    const auto key = key_of(market().seller(1), "seller.pem");
    const std::vector<std::string> sell{"market", "sell", "--key", key, "--amount", "1kg"};
    const auto sold = ask_at(network().rpc(0), sell);
    EXPECT_EQ(sold.code, kDone) << sold.err;
    EXPECT_THAT(sold.err, testing::Not(AnyOf(HasSubstr("word: submit"), HasSubstr("word: transaction"))));
    EXPECT_THAT(sold.out, AllOf(HasSubstr("sold 1.000 kg"), HasSubstr("held of 2026")));

    liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
        if (method == "submit") response["result"].at("receipt").as_object()["text"] = "sold 9.000 kg";
    });
    const auto told = ask_at(liar_.endpoint(), sell);
    EXPECT_EQ(told.code, kDone) << told.err;
    EXPECT_THAT(told.out, HasSubstr("sold 1.000 kg"));  // what is proven, not what was said

    liar_.tell([&](const std::string& method, const json::object&, json::object& response) {
        if (method != "transaction") return;
        response["result"] = json::object{{"hash", response["result"].at("hash")}, {"status", "unknown"}};
    });
    expect_error(ask_at(liar_.endpoint(), sell), kBroken, HasSubstr("does not prove it"));
}

// Those that lead to an act: whom a name means, whether something was taken, whether it is there already.
TEST_F(Lies, ThatLeadToAnActAreFound) {
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        if (method != "validators") return;
        auto& list = response["result"].at("validators").as_array();
        std::swap(list[0].at("name"), list[1].at("name"));
    });
    const auto government = (network().folder() / "nodes" / "government.pem").string();
    expect_error(ask_at(liar_.endpoint(), {"governance", "propose", "--remove-validator", "high-carbon",
                                           "--reason", "left", "--key", government}),
                 kBroken, HasSubstr("\"validators\" is not what is proven"));

    const auto key = key_of(market().seller(1), "seller.pem");
    const std::vector<std::string> sell{"market", "sell", "--key", key, "--amount", "1kg"};
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        if (method != "submit") return;
        response.erase("result");
        response["error"] = {{"code", -32000},
                             {"message", "nothing was taken"},
                             {"data", {{"code", 2011}, {"name", "mempool_full"}}}};
    });
    expect_error(ask_at(liar_.endpoint(), sell), kUnreachable,
                 AllOf(HasSubstr("the node says, and has not proven: nothing was taken"),
                       HasSubstr("it may be on its way: pcq tx")));
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        if (method == "submit") response["result"] = {{"hash", std::string(64, 'a')}, {"status", "pending"}};
    });
    auto at_once = sell;
    at_once.emplace_back("--no-wait");
    expect_error(ask_at(liar_.endpoint(), at_once), kBroken, HasSubstr("another transaction"));
    EXPECT_THAT(ask_at(network().rpc(0), at_once).err, HasSubstr("not proven, the node's own word: submit"));
    liar_.tell([](const std::string& method, const json::object&, json::object& response) {
        if (method != "transaction") return;
        response["result"].as_object()["status"] = "committed ";
    });
    EXPECT_NE(ask_at(liar_.endpoint(), {"tx", std::string(64, 'a')}).code, kDone);
}

TEST_F(Lies, TheGenesisBlockFollowsFromTheDocument) {
    client::RpcClient client(liar_.endpoint());
    auto node = proven(client);
    const auto first = node.ask("totals", {{"chain", "side"}, {"height", 0}});
    EXPECT_TRUE(first) << first.error().message;
    const auto nobody = node.ask(
        "account", {{"chain", "side"}, {"account", to_address(market().bank().account())}, {"height", 0}});
    EXPECT_TRUE(nobody) << nobody.error().message;
}

}  // namespace
}  // namespace pcq::e2e
