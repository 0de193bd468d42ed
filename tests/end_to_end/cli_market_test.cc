// pcq at a network: what it tells people of chains, accounts and trades, and what it signs for them.
#include "src/base/address.h"
#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/crypto/key_file.h"
#include "tests/end_to_end/command_line.h"
#include "tests/end_to_end/terminal.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// One person's way with nothing but pcq, once the platform has registered the key and the government and the
// bank have done their part.
TEST_F(CommandLine, IsEnoughForAPersonToJoinSellAndFollowWhatBecomesOfIt) {
    const auto key = file("me.pem");
    const auto passphrase = file("passphrase", "my own\n");
    const auto made = ask_json({"key", "new", key, "--passphrase-file", passphrase});
    const std::string address(made.at("account").as_string());
    expect_error(ask({"account", address}), kRefused, HasSubstr("not_found"));
    expect_error(ask({"market", "join", "--key", key, "--passphrase-file", passphrase}), kRefused,
                 HasSubstr("not_found"));

    auto loaded = crypto::load_key(key, "my own");
    ASSERT_TRUE(loaded);
    proto::RegisterUsers registration;
    *registration.add_users() = client::new_user(market().side(), market().platform().account(), *loaded,
                                                 crypto::sha256({"my file"}));
    ASSERT_EQ(market().act(market().platform(), market().side(), registration)->code, Code::ok);
    proto::Deposit deposit;
    deposit.set_account(account_from_address(address)->bytes());
    deposit.set_amount_uy(10'000'000);
    deposit.set_reference("my wages");
    ASSERT_EQ(market().act(market().bank(), market().side(), deposit)->code, Code::ok);

    EXPECT_THAT(ask({"account", address}).out,
                AllOf(HasSubstr(address), HasSubstr("open"), HasSubstr("10.000000 CNY")));
    EXPECT_THAT(ask({"quota", address}).out, AllOf(HasSubstr("2026"), HasSubstr("0.000 kg")));
    EXPECT_THAT(ask({"market", "prices"}).out,
                AllOf(HasSubstr("open"), HasSubstr("CNY/kg"), HasSubstr("0.100000 CNY")));
    const auto joined = run_at_terminal(
        {program("pcq").string(), "--node", network().address(0), "market", "join", "--key", key},
        {{"passphrase of " + key + ": ", "my own\n"}});
    EXPECT_EQ(joined.code, kDone) << joined.out;
    EXPECT_THAT(joined.out, HasSubstr("joined the market of period 2026 to buy and sell for 0.100000 CNY"));
    EXPECT_THAT(ask({"account", address}).out, HasSubstr("9.900000 CNY"));
    expect_error(ask({"market", "join", "--key", key, "--passphrase-file", passphrase}), kRefused,
                 HasSubstr("market_joined, 3502"));
    expect_error(ask({"market", "sell", "--key", key, "--passphrase-file", passphrase, "--amount", "1kg"}),
                 kRefused, HasSubstr("market_surplus_exceeded, 3504"));
}

TEST_F(CommandLine, SellsAndBuysInKilogramsAndShowsIt) {
    const auto seller = key_of(market().seller(0), "seller.pem");
    const auto buyer = key_of(market().buyer(0), "buyer.pem");
    const std::string seller_address = to_address(market().seller(0).account());
    const std::string buyer_address = to_address(market().buyer(0).account());

    const auto sold = ask({"market", "sell", "--key", seller, "--amount", "12.5kg"});
    EXPECT_EQ(sold.code, kDone) << sold.err;
    EXPECT_THAT(sold.out, AllOf(HasSubstr("sold 12.500 kg at "), HasSubstr("held of 20"), HasSubstr("cash"),
                                HasSubstr("height")));
    const auto again = ask_json({"market", "sell", "--key", seller, "--amount", "0.001t"});
    EXPECT_EQ(again.at("receipt").at("name"), "ok");
    const auto bought = ask_json({"market", "buy", "--key", buyer, "--amount", "1500g"});
    EXPECT_EQ(bought.at("status"), "committed");

    EXPECT_THAT(ask({"quota", seller_address}).out,
                AllOf(HasSubstr("SOLD"), HasSubstr("13.500 kg"), HasSubstr("786.500 kg")));
    EXPECT_THAT(ask({"quota", buyer_address, "--period", "2026"}).out, HasSubstr("1.500 kg"));
    EXPECT_THAT(ask({"emissions", seller_address}).out, AllOf(HasSubstr("EMITTED"), HasSubstr("200.000 kg")));
    expect_error(ask({"settlement", seller_address}), kRefused, HasSubstr("not_found"));
    EXPECT_EQ(ask_json({"quota", seller_address}).at("value").at("account").as_string(), seller_address);
    EXPECT_TRUE(ask_json({"emissions", seller_address}).at("value").at("periods").is_array());
    EXPECT_TRUE(ask_json({"market", "prices"}).at("value").at("open").as_bool());

    // What became of it, on any node.
    const std::string hash(bought.at("hash").as_string());
    for (const std::size_t node : all_nodes()) {
        const auto fate = pcq({"--node", network().address(node), "tx", hash, "--wait"});
        EXPECT_EQ(fate.code, kDone) << fate.err;
        EXPECT_THAT(fate.out, AllOf(HasSubstr("committed"), HasSubstr("bought 1.500 kg")));
    }
    const std::string height = std::to_string(integer(bought.at("height")));
    EXPECT_THAT(ask({"block", height}).out, AllOf(HasSubstr("buy_quota"), HasSubstr(hash)));
    EXPECT_EQ(ask_json({"block", height}).at("transactions").at(0).at("hash").as_string(), hash);
    EXPECT_EQ(ask({"block"}).code, kDone);
    EXPECT_THAT(ask({"block", "0"}).out, ContainsRegex("time +20[0-9-]*T[0-9:.]*Z"));
    EXPECT_THAT(ask({"status"}).out, AllOf(HasSubstr("state root"), ContainsRegex("time +20[0-9-]*T")));
    EXPECT_EQ(ask_json({"status"}).at("name"), "side");
    EXPECT_EQ(ask_json({"--chain", "main", "status"}).at("name"), "main");
    EXPECT_EQ(ask_json({"account", seller_address}).at("value").at("record").at("status"), "open");

    const auto sent = ask_json({"market", "sell", "--key", seller, "--amount", "1g", "--no-wait"});
    EXPECT_EQ(ask_json({"tx", std::string(sent.at("hash").as_string()), "--wait"}).at("receipt").at("name"),
              "ok");
}

TEST_F(CommandLine, LetsPeopleTradeWithEachOtherAndSeeTheBook) {
    const auto seller = key_of(market().seller(0), "order_seller.pem");
    const auto buyer = key_of(market().buyer(0), "order_buyer.pem");
    const auto price = [&](const char* name) {
        return PricePerKg(integer(ask_json({"market", "prices"}).at("value").at(name)));
    };
    const auto cny = [](PricePerKg value) {
        auto text = std::to_string(value.value());
        if (text.size() < 7) text.insert(0, 7 - text.size(), '0');
        return text.insert(text.size() - 6, ".");
    };
    const std::string low = cny(price("buy_price_uy_per_kg"));
    const std::string high = cny(price("sell_price_uy_per_kg"));

    const auto placed =
        ask_json({"market", "order", "sell", "--key", seller, "--amount", "3kg", "--limit", high});
    const std::string number(placed.at("hash").as_string());
    EXPECT_THAT(ask({"market", "orders", to_address(market().seller(0).account())}).out,
                AllOf(HasSubstr("may still sell"), HasSubstr("3.000 kg"), HasSubstr(number)));
    EXPECT_THAT(ask({"market", "book"}).out, AllOf(HasSubstr("WANTED"), HasSubstr("3.000 kg")));
    const auto bought =
        ask({"market", "order", "buy", "--key", buyer, "--amount", "2kg", "--limit", low, "--blocks", "900"});
    EXPECT_EQ(bought.code, kDone) << bought.err;
    EXPECT_THAT(bought.out, HasSubstr("placed an order to buy 2.000 kg"));
    // The one asks the most and the other offers the least there is: they do not meet. Now they do.
    const auto met = ask({"market", "order", "sell", "--key", seller, "--amount", "1kg", "--limit", low});
    EXPECT_EQ(met.code, kDone) << met.err;
    EXPECT_EQ(integer(ask_json({"market", "orders", to_address(market().buyer(0).account())})
                          .at("value")
                          .at("orders")
                          .at(0)
                          .at("remaining_g")),
              1'000);
    const auto cancelled = ask({"market", "cancel", "--key", seller, number});
    EXPECT_THAT(cancelled.out, HasSubstr("cancelled what was left of the order, 3.000 kg"));
    expect_error(ask({"market", "cancel", "--key", seller, number}), kRefused,
                 HasSubstr("order_unknown, 3510"));
    expect_error(ask({"market", "order", "sell", "--key", seller, "--amount", "1kg", "--limit", "9"}),
                 kRefused, HasSubstr("order_outside_band"));
    expect_error(ask({"market", "cancel", "--key", seller, "12"}), kUsage, HasSubstr("64"));

    EXPECT_THAT(ask({"market", "why"}).out,
                AllOf(HasSubstr("surplus of all (D W)"), HasSubstr("CLEARED"), HasSubstr("P_ph")));
    expect_error(ask({"market", "why", "--epoch", "99"}), kRefused, HasSubstr("not_found"));
    EXPECT_THAT(ask({"market", "fees"}).out,
                AllOf(HasSubstr("joining to buy (f_d)"), HasSubstr("0.100000 CNY")));
}

TEST_F(CommandLine, RefusesTradesThatAreNotMeant) {
    const auto seller = key_of(market().seller(1), "seller.pem");
    const auto sell = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"market", "sell", "--key", seller});
        return ask(more);
    };
    expect_error(sell({"--amount", "9999kg"}), kRefused, HasSubstr("market_surplus_exceeded, 3504"));
    EXPECT_EQ(ask_json({"market", "sell", "--key", seller, "--amount", "9999kg"}, kRefused)
                  .at("receipt")
                  .at("name"),
              "market_surplus_exceeded");
    expect_error(sell({"--amount", "1kg", "--price-min", "9"}), kRefused,
                 HasSubstr("market_price_below_minimum"));
    expect_error(ask({"market", "buy", "--key", seller, "--amount", "1kg", "--price-max", "0"}), kRefused,
                 HasSubstr("market_price_above_maximum"));
    expect_error(sell({"--amount", "1kg", "--period", "1999"}), kRefused, HasSubstr("1999"));
    for (const char* amount : {"12", "1.5", "many", "-1kg", "0kg", "0.0001kg", "1.5g", "1,5kg", "1e3g",
                               ".5kg", "5.kg", "99999999999999999999kg", "kg", ""})
        expect_error(sell({std::string("--amount=") + amount}), kUsage, Not(HasSubstr("terminate")));
    expect_error(sell({"--amount", "12"}), kUsage, HasSubstr("write it with its unit"));
    expect_error(sell({"--amount", "1kg", "--price-min", "cheap"}), kUsage,
                 HasSubstr("CNY per kilogram, as 0.055"));
    expect_error(sell({"--amount", "1kg", "--period", "soon"}), kUsage, HasSubstr("soon"));
    expect_error(ask({"market", "sell", "--key", file("missing.pem"), "--amount", "1kg"}), kUsage,
                 HasSubstr("missing.pem"));
    expect_error(ask({"market", "join", "--key", seller, "--fee-max", "0.01"}), kRefused,
                 HasSubstr("market_joined"));
}

// With two of four nodes nothing becomes final. The trade is on its way all the same, and is not lost.
TEST_F(CommandLine, NamesTheTransactionThatIsNotFinalInTimeAndFollowsItLater) {
    const auto seller = key_of(market().seller(1), "seller.pem");
    network().down(2);
    network().down(3);

    const auto waiting = ask({"market", "sell", "--key", seller, "--amount", "3kg", "--timeout", "1"});

    expect_error(waiting, kUnreachable,
                 AllOf(HasSubstr("is not final after 1 s"), HasSubstr("node_timed_out")));
    const std::string before = "pcq tx ";
    const std::string hash = waiting.err.substr(waiting.err.find(before) + before.size(), 64);
    EXPECT_EQ(ask_json({"tx", hash}).at("status"), "pending");
    network().up(2);
    network().up(3);
    const auto fate = ask({"tx", hash, "--wait"});
    EXPECT_EQ(fate.code, kDone) << fate.err;
    EXPECT_THAT(fate.out, HasSubstr("sold 3.000 kg"));
    network().await_caught_up(all_nodes());
}

TEST_F(CommandLine, TellsTheReasonOfARefusalAgainLater) {
    const auto seller = key_of(market().seller(1), "seller.pem");
    const auto refused = ask_json({"market", "sell", "--key", seller, "--amount", "9999kg"}, kRefused);
    const std::string hash(refused.at("hash").as_string());

    const auto fate = ask({"tx", hash});

    EXPECT_EQ(fate.code, kRefused);
    EXPECT_THAT(fate.out, AllOf(HasSubstr("committed"), HasSubstr("market_surplus_exceeded")));
    EXPECT_EQ(ask_json({"tx", hash}, kRefused).at("receipt").at("code"), 3504);
    EXPECT_EQ(ask_json({"tx", std::string(64, '0')}, kRefused).at("status"), "unknown");
}

TEST_F(CommandLine, NamesWhatItCannotFindOrUnderstand) {
    const std::string good = to_address(market().seller(1).account());
    std::string mistyped = good;
    mistyped[20] = mistyped[20] == 'q' ? 'p' : 'q';
    for (const char* command : {"account", "quota", "emissions", "settlement"}) {
        expect_error(ask({command, mistyped}), kUsage, HasSubstr("checksum"));
        expect_error(ask({command, "nonsense"}), kUsage, HasSubstr("account"));
        expect_error(ask({command, to_address(Actor::fresh().account())}), kRefused, HasSubstr("not_found"));
        expect_error(pcq({"--node", "127.0.0.1:1", command, good}), kUnreachable,
                     AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("node_unreachable")));
        expect_error(ask({"--chain", "mars", command, good}), kUsage,
                     AllOf(HasSubstr("mars"), HasSubstr("side")));
        expect_error(ask({command, good, "--period", "last"}), kUsage, HasSubstr("last"));
    }
    expect_error(pcq({"--node", "nowhere", "status"}), kUsage, HasSubstr("127.0.0.1:"));
    expect_error(ask({"--chain", "main", "settlement", good}), kRefused, HasSubstr("action_wrong_chain"));
    expect_error(ask({"block", "ten"}), kUsage, HasSubstr("ten"));
    expect_error(ask({"block", "-1"}), kUsage, HasSubstr("-1"));
    expect_error(ask({"block", "99999999"}), kRefused, HasSubstr("the newest is"));
    expect_error(ask({"tx", "abc"}), kUsage, HasSubstr("hash"));
    const std::string nothing(64, '0');
    expect_error(ask({"tx", nothing}), kRefused,
                 AllOf(HasSubstr("knows no transaction"), HasSubstr("ask the node that it was handed to")));
    expect_error(ask({"tx", nothing, "--wait", "--timeout", "0"}), kUnreachable, HasSubstr("not final"));
    const auto elsewhere =
        run({{program("pcq").string(), "status"}, {{"PCQ_NODE", network().address(2)}}, ""});
    EXPECT_EQ(elsewhere.code, kDone) << "the node may come from the environment: " << elsewhere.err;
}

TEST_F(CommandLine, SaysSoWhenWhatAnswersIsNoNode) {
    const ForeignServer server(
        "HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}} ");
    const ForeignServer other("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    const std::string good = to_address(market().seller(1).account());
    for (const auto& address : {server.address(), other.address()}) {
        for (const std::vector<std::string>& command : {std::vector<std::string>{"account", good},
                                                        {"quota", good},
                                                        {"settlement", good},
                                                        {"block"},
                                                        {"tx", std::string(64, '0')},
                                                        {"market", "prices"}}) {
            auto arguments = command;
            arguments.insert(arguments.begin(), {"--node", address});
            expect_error(pcq(arguments), kUnreachable, HasSubstr("answer_malformed"));
        }
    }
}

TEST_F(CommandLine, ProvesAnAccountAgainstTheGenesisDocument) {
    const auto& person = market().seller(1);
    const std::string address = to_address(person.account());
    const std::string genesis = (network().folder() / "side.json").string();
    const auto proven = ask({"audit", "account", address, "--genesis", genesis});
    EXPECT_EQ(proven.code, kDone) << proven.err;
    EXPECT_THAT(proven.out, AllOf(HasSubstr(address), HasSubstr("200.000 kg"), HasSubstr("not yet"),
                                  HasSubstr("quorum of the 4 validators"), HasSubstr("has signed")));
    const auto standing = market().standing(person.account());
    const auto json = ask_json({"audit", "account", address, "--genesis", genesis, "--period", "2026"});
    EXPECT_EQ(json.at("account").as_string(), address);
    EXPECT_EQ(json.at("emitted_g"), "200000");
    EXPECT_EQ(json.at("held_g"), standing.at("held_g")) << "what is proven is what the node says";
    EXPECT_TRUE(json.at("settlement").is_null());
    EXPECT_EQ(ask_json({"audit", "account", to_hex(person.account()), "--genesis", genesis}).at("account"),
              json.at("account"));

    const auto refused = [&](const std::string& account, const std::string& document, int code,
                             const testing::Matcher<std::string>& says) {
        expect_error(ask({"audit", "account", account, "--genesis", document}), code, says);
    };
    refused(address, file("nothing.json"), kUsage, HasSubstr("nothing.json"));
    refused(address, file("bad.json", "{\"format\": 1"), kUsage, HasSubstr("bad.json"));
    refused("pcq1nonsense", genesis, kUsage, HasSubstr("pcq1nonsense"));
    refused(to_address(Actor::fresh().account()), genesis, kRefused, HasSubstr("not_found"));
    expect_error(ask({"audit", "account", address, "--genesis", genesis, "--period", "1999"}), kRefused,
                 HasSubstr("1999"));
    expect_error(pcq({"--node", "127.0.0.1:1", "audit", "account", address, "--genesis", genesis}),
                 kUnreachable, HasSubstr("127.0.0.1:1"));
    // The same validators' names, other keys: not the network of this genesis document.
    ASSERT_EQ(pcq({"net", "init", "--dir", file("other")}).code, kDone);
    refused(address, file("other/side.json"), kUsage, HasSubstr("chain_unknown"));
}

TEST_F(CommandLine, AuditsStoppedStores) {
    const auto running = network().store(2, "side");
    network().await_caught_up(all_nodes());
    network().down(2);
    const auto audited = pcq({"audit", "totals", running.string(), network().store(2, "main").string()});
    EXPECT_EQ(audited.code, kDone) << audited.err;
    EXPECT_THAT(audited.out,
                AllOf(HasSubstr("every sum is the certified one"), HasSubstr("2026"), HasSubstr("kg")));
    EXPECT_EQ(ask_json({"audit", "totals", running.string()}).at("chain"), "side");
    expect_error(pcq({"audit", "totals", file("nothing")}), kRefused, HasSubstr("holds no chain store"));
    network().up(2);
}

}  // namespace
}  // namespace pcq::e2e
