// Who validates changes while the nodes run: one joins as an observer and is voted in, one is voted out, one
// gets a new key; all of it with pcq, as operators do it.
#include <fstream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/base/address.h"
#include "src/base/hex.h"
#include "tests/end_to_end/guard.h"
#include "tests/end_to_end/market.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::vector<std::string> kChains{"main", "side"};
constexpr std::uint16_t kFifthRpc = 2 * kNodes + 1;  // of the network's ports, as pcq net add chooses it

class Membership : public testing::Test {
protected:
    Membership() {
        network_.up();
        market_.emplace(network_, /*people=*/2);
    }
    ~Membership() override { kill_all_of(network_.folder()); }

    std::string path(const std::string& file) const { return (network_.folder() / file).string(); }
    static std::string key(const std::string& node) { return "nodes/" + node + ".pem"; }
    std::string address(const std::string& node) const {
        if (node != "fifth") {
            const auto at = std::find(Network::names().begin(), Network::names().end(), node);
            return network_.address(static_cast<std::size_t>(at - Network::names().begin()));
        }
        return "127.0.0.1:" + std::to_string(network_.rpc(0).port - kNodes + kFifthRpc);
    }
    // pcq at the first node, which must be done.
    std::string done(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--node", network_.address(0)});
        const auto ended = pcq(arguments);
        EXPECT_EQ(ended.code, 0) << arguments[2] << " " << arguments[3] << ": " << ended.err;
        return ended.out;
    }
    void net(const std::string& what, const std::string& node) {
        done({"net", what, node, "--dir", network_.folder().string()});
    }
    void restart(const std::vector<std::string>& nodes) {
        for (const auto& node : nodes) {
            net("down", node);
            net("up", node);
        }
    }
    Json ask(const std::string& node, const std::string& method, boost::json::object params) {
        client::RpcClient client(*client::endpoint_from(address(node)));
        auto answer = client.call(method, params);
        EXPECT_TRUE(answer) << node << ", " << method << ": " << (answer ? "" : answer.error().message);
        return answer ? *std::move(answer) : Json();
    }
    std::int64_t height(const std::string& node, const std::string& chain) {
        return integer(ask(node, "status", {{"chain", chain}}).at("height"));
    }
    bool votes(const std::string& node, const std::string& chain) {
        return ask(node, "status", {{"chain", chain}}).at("voting").as_bool();
    }
    std::set<std::string> validators(const std::string& node, const std::string& chain) {
        std::set<std::string> names;
        const auto answer = ask(node, "validators", {{"chain", chain}});
        for (const auto& validator : answer.at("validators").as_array())
            names.emplace(validator.at("name").as_string());
        return names;
    }

    // Blocks are made of what people do, also of what is refused.
    void make_block(const std::string& chain) {
        if (chain == "main") {
            proto::VoteOnChange vote;
            vote.set_proposal(77);
            ASSERT_TRUE(market_->act(market_->government(), market_->main(), vote));
            return;
        }
        proto::Deposit deposit;
        deposit.set_account(market_->platform().account().bytes());
        deposit.set_amount_uy(1);
        deposit.set_reference("block " + std::to_string(++deposits_));
        const auto made = market_->act(market_->bank(), market_->side(), deposit);
        ASSERT_TRUE(made) << made.error().message;
        ASSERT_EQ(made->code, Code::ok) << made->text;
    }
    void run_to(const std::string& chain, std::int64_t height) {
        while (this->height("government", chain) < height) ASSERT_NO_FATAL_FAILURE(make_block(chain));
    }
    void expect_progress(const char* why) {
        for (const auto& chain : kChains) {
            const auto before = height("government", chain);
            make_block(chain);
            EXPECT_GT(height("government", chain), before) << chain << ": " << why;
        }
    }

    std::string possession(const std::string& file, const std::string& name, const std::string& chain) {
        const auto proposer = Actor::from_file(path(key("government"))).account();
        auto line = done({"key", "possession", path(file), "--name", name, "--proposer", to_address(proposer),
                          "--genesis", path(chain + ".json")});
        line.pop_back();
        return line;
    }
    // The first node's organisation proposes, the others vote; on both chains, up to the height.
    void change(const std::function<std::vector<std::string>(const std::string& chain)>& what,
                const std::vector<std::string>& voters) {
        ++proposals_;
        for (const auto& chain : kChains) {
            std::vector<std::string> arguments{
                "--chain",  chain,       "governance", "propose", "--key", path(key("government")),
                "--reason", "as agreed", "--in",       "16"};
            for (const auto& argument : what(chain)) arguments.push_back(argument);
            EXPECT_THAT(done(arguments), HasSubstr("proposed change"));
            for (const auto& voter : voters) {
                done({"--chain", chain, "governance", "vote", std::to_string(proposals_), "--key",
                      path(key(voter))});
            }
            const auto list = ask("government", "proposals", {{"chain", chain}}).at("value").at("proposals");
            const auto at = integer(list.as_array().back().at("activate_height"));
            ASSERT_NO_FATAL_FAILURE(run_to(chain, at));
            from_height_[chain] = at;
        }
    }
    void name_to_all(const std::string& public_key, const std::string& node,
                     const std::vector<std::string>& others) {
        std::uint16_t port = 0;
        for (std::size_t i = 0; i < kNodes; ++i) {
            if (Network::names()[i] == node) port = network_.peer_port(i);
        }
        for (const auto& other : others) {
            std::ofstream(path(other + ".toml"), std::ios::app)
                << "\n[[network.peers]]\nname = \"" << node << "\"\npublic_key = \"" << public_key
                << "\"\naddress = \"127.0.0.1:" << port << "\"\n";
        }
    }
    void set_key_file(const std::string& node, const std::string& file) {
        std::ifstream in(path(node + ".toml"));
        std::string text{std::istreambuf_iterator<char>(in), {}};
        const std::string old = key(node);
        text.replace(text.find(old), old.size(), file);
        std::ofstream(path(node + ".toml")) << text;
    }

    void join();
    void vote_in();
    void vote_out();
    void re_key();
    void expect_proofs_from_genesis();
    void expect_audited();
    void expect_the_same_verdicts();

    Network network_;
    std::optional<Market> market_;
    int deposits_ = 0;
    int proposals_ = 0;
    std::map<std::string, std::int64_t> from_height_;  // of the newest set, by chain
};

// An observer follows and verifies; it has no vote, and nobody waits for it.
void Membership::join() {
    net("add", "fifth");
    restart(Network::names());
    net("up", "fifth");
    for (const auto& chain : kChains) {
        EXPECT_TRUE(eventually([&] { return height("fifth", chain) >= height("government", chain); }));
        EXPECT_FALSE(votes("fifth", chain));
        EXPECT_EQ(validators("fifth", chain).count("fifth"), 0u);
    }
}

// A quorum of five is four: with one away it takes the newcomer's vote.
void Membership::vote_in() {
    change(
        [this](const std::string& chain) {
            return std::vector<std::string>{"--add-validator", possession(key("fifth"), "fifth", chain)};
        },
        {"platform", "low-carbon"});
    for (const auto& chain : kChains) {
        EXPECT_EQ(validators("government", chain).size(), 5u);
        EXPECT_TRUE(eventually([&] { return votes("fifth", chain); })) << chain;
    }
    network_.down(3);
    expect_progress("four of five, one of them new");
    network_.up(3);
}

void Membership::vote_out() {
    change(
        [](const std::string&) {
            return std::vector<std::string>{"--remove-validator", "platform"};
        },
        {"low-carbon", "high-carbon", "fifth"});
    for (const auto& chain : kChains) {
        EXPECT_EQ(validators("government", chain),
                  (std::set<std::string>{"government", "low-carbon", "high-carbon", "fifth"}));
        EXPECT_TRUE(eventually([&] { return height("platform", chain) >= from_height_[chain]; }))
            << "it follows all the same";
        EXPECT_TRUE(eventually([&] { return !votes("platform", chain); })) << chain;
    }
    network_.down(1);
    network_.down(2);
    expect_progress("three of four; the one that has gone is not missed");
    network_.up(2);
}

// The new key takes the old one's place at one height; then the node takes the new key.
void Membership::re_key() {
    const std::string node = "low-carbon";
    done({"key", "new", path("nodes/second.pem"), "--plain"});
    const auto fresh = Actor::from_file(path("nodes/second.pem")).key().public_key();
    const std::vector<std::string> others{"government", "high-carbon", "fifth"};
    name_to_all(to_hex(fresh.data()), node, others);
    restart(others);
    const auto old = Actor::from_file(path(key(node))).key().public_key();
    change(
        [&](const std::string& chain) {
            return std::vector<std::string>{"--add-validator", possession("nodes/second.pem", node, chain),
                                            "--remove-validator", to_hex(old.data())};
        },
        {"high-carbon", "fifth"});
    net("down", node);
    set_key_file(node, "nodes/second.pem");
    net("up", node);
    for (const auto& chain : kChains) EXPECT_TRUE(eventually([&] { return votes(node, chain); })) << chain;
    network_.down(3);
    expect_progress("three of four, one of them with its new key");
    network_.up(3);
}

// A phone or an auditor knows the genesis document alone.
void Membership::expect_proofs_from_genesis() {
    const auto person = to_address(market_->seller(0).account());
    for (const char* node : {"government", "fifth"}) {
        const auto audited =
            pcq({"--node", address(node), "audit", "account", person, "--genesis", path("side.json")});
        EXPECT_EQ(audited.code, 0) << audited.err;
        EXPECT_THAT(audited.out, HasSubstr("proven"));
    }
    const auto file = path("statement.json");
    const auto written = pcq({"--node", address("fifth"), "audit", "account", person, "--genesis",
                              path("side.json"), "--out", file});
    EXPECT_EQ(written.code, 0) << written.err;
    const auto checked =
        pcq({"--node", "127.0.0.1:1", "audit", "check", file, "--genesis", path("side.json")});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_THAT(done({"governance", "validators"}), AllOf(HasSubstr("genesis"), HasSubstr("fifth")));
    const auto sets = ask("fifth", "validator_sets", {{"chain", "side"}}).at("value").at("validator_sets");
    EXPECT_EQ(sets.as_array().size(), 4u);
}

// So does an auditor who executes everything, and one who only follows the headers.
void Membership::expect_audited() {
    const auto verified = pcq(
        {"--node", address("fifth"), "audit", "verify", "--genesis", path("main.json"), path("side.json")});
    EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
    std::vector<std::string> words{program("pcq-verifier").string(), "--genesis", path("main.json"),
                                   "--genesis", path("side.json")};
    for (const std::string chain : {"main", "side"}) {
        words.push_back(path(chain + ".pcqarch"));
        const auto ended =
            pcq({"--node", address("fifth"), "--chain", chain, "archive", "export", "--out", words.back()});
        EXPECT_EQ(ended.code, 0) << ended.err;
    }
    words.push_back(path("statement.json"));
    const auto followed = run({words, {}, ""});
    EXPECT_EQ(followed.code, 0) << followed.err;
    EXPECT_THAT(followed.out, HasSubstr("\"validator_changes\":3"));
}

// What is not whole is not called wrong, and what is wrong is so for both who check it.
void Membership::expect_the_same_verdicts() {
    const auto last = std::to_string(from_height_["side"]);
    for (const std::string& from : {last, std::to_string(from_height_["side"] - 1)}) {
        const auto late = path("late" + from + ".pcqarch");
        ASSERT_EQ(pcq({"--node", address("fifth"), "--chain", "side", "archive", "export", "--from-height",
                       from, "--out", late})
                      .code,
                  0);
        const auto open =
            run({{program("pcq-verifier").string(), "--genesis", path("side.json"), late}, {}, ""});
        EXPECT_EQ(open.code, 1) << open.err;
        EXPECT_THAT(open.err, HasSubstr("give the archive from block 1 on"));
    }
    std::ifstream in(path("statement.json"));
    auto doubled = boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    auto& sets = doubled.at("validator_sets").as_array();
    ASSERT_FALSE(sets.empty());
    sets.insert(sets.begin(), boost::json::value(sets.front()));
    std::ofstream(path("doubled.json")) << boost::json::serialize(doubled);
    const auto checked = pcq({"audit", "check", path("doubled.json"), "--genesis", path("side.json")});
    EXPECT_EQ(checked.code, 4) << checked.err;
    const auto verified = run(
        {{program("pcq-verifier").string(), "--genesis", path("side.json"), path("doubled.json")}, {}, ""});
    EXPECT_EQ(verified.code, 4) << verified.err;
}

// Goal: the set changes at one height for all, nobody's key or absence stops the chains, and whoever knows
// the genesis document alone can still prove everything.
TEST_F(Membership, ChangesByVoteWhileBlocksGoOn) {
    ASSERT_NO_FATAL_FAILURE(join());
    ASSERT_NO_FATAL_FAILURE(vote_in());
    ASSERT_NO_FATAL_FAILURE(vote_out());
    ASSERT_NO_FATAL_FAILURE(re_key());
    expect_proofs_from_genesis();
    expect_audited();
    ASSERT_NO_FATAL_FAILURE(expect_the_same_verdicts());

    // Each chain has followed the other: anchors and messages go on.
    const auto last = from_height_["side"];
    EXPECT_TRUE(eventually([&] {
        make_block("side");
        const auto anchor = ask("government", "side_chains", {{"chain", "main"}})
                                .at("value")
                                .at("side_chains")
                                .at(0)
                                .at("latest_anchor");
        return !anchor.is_null() && integer(anchor.at("height")) >= last;
    }));

    // With every store checked from its genesis on.
    network_.down();
    network_.up();
    expect_progress("after a restart of all");
    network_.await_caught_up(all_nodes());
    network_.expect_equal_chains(all_nodes());
}

}  // namespace
}  // namespace pcq::e2e
