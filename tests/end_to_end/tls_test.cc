// A network whose nodes serve RPC beyond their machine: in TLS, asked by pcq, with certificates that are
// replaced while they run.
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>

#include "src/base/system_clock.h"
#include "tests/end_to_end/network.h"
#include "tests/unit/rpc/authority.h"
#include "tests/unit/rpc/metrics_check.h"

namespace pcq::e2e {
namespace {

using testing::HasSubstr;

class TlsNetwork : public testing::Test {
protected:
    TlsNetwork() {
        authority_.issue("node");
        operators_.issue("ann");
        for (const std::size_t node : all_nodes()) {
            rewrite(node, "[rpc]\nlisten = \"127.0.0.1", "[rpc]\n" + certificate() + "listen = \"0.0.0.0");
            rewrite(node, "[[chains]]",
                    "[rpc.operators]\n" + certificate() +
                        "listen = \"127.0.0.1:" + std::to_string(operators_port(node)) + "\"\nclients = \"" +
                        operators_.file().string() + "\"\n\n[[chains]]");
        }
    }
    std::string certificate() const {
        const auto file = authority_.folder() / "node";
        return "certificate = \"" + file.string() + ".crt\"\nkey = \"" + file.string() + ".key\"\n";
    }
    void rewrite(std::size_t node, const std::string& from, const std::string& to) const {
        const auto file = network_.folder() / (Network::names()[node] + ".toml");
        std::ifstream in(file);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << text;
        std::ofstream(file) << text.replace(at, from.size(), to);
    }
    std::uint16_t operators_port(std::size_t node) const {
        return static_cast<std::uint16_t>(ports_.first() + node);
    }
    std::string url(std::size_t node) const { return "https://" + network_.address(node); }
    std::string operators_url(std::size_t node) const {
        return "https://127.0.0.1:" + std::to_string(operators_port(node));
    }
    Ended ask(const std::string& node, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--node", node, "--ca", authority_.file().string()});
        return pcq(arguments);
    }
    Ended ask_as_operator(std::size_t node, std::vector<std::string> arguments) const {
        const auto ann = operators_.folder() / "ann";
        arguments.insert(arguments.begin(), {"--certificate", ann.string() + ".crt", "--certificate-key",
                                             ann.string() + ".key"});
        return ask(operators_url(node), std::move(arguments));
    }
    std::string metrics(std::size_t node) const {
        const auto ann = operators_.folder() / "ann";
        client::RpcClient client(*client::endpoint_from(
            operators_url(node), {authority_.file(), ann.string() + ".crt", ann.string() + ".key"}));
        const auto answer = client.get("/metrics");
        return answer ? answer->body : answer.error().message;
    }
    double certificate_end(std::size_t node) const {
        const std::string page = metrics(node);
        const std::string name = "\npcq_rpc_tls_certificate_end_timestamp_seconds{listener=\"everybody\"} ";
        const auto at = page.find(name);
        return at == std::string::npos ? 0 : std::stod(page.substr(at + name.size()));
    }

    rpc::Authority authority_;
    rpc::Authority operators_;
    Ports ports_;
    Network network_;
};

TEST_F(TlsNetwork, IsAskedByPcqAndTakesNewCertificatesWithoutAStop) {
    network_.up();
    EXPECT_EQ(pcq({"net", "status", "--dir", network_.folder().string()}).code, 0);
    for (const std::size_t node : all_nodes()) {
        const auto status = ask(url(node), {"status"});
        EXPECT_EQ(status.code, 0) << status.err;
    }
    const auto refused = pcq({"--node", url(0), "status"});
    EXPECT_EQ(refused.code, 3) << "pcq believes an authority that nobody has named";
    EXPECT_THAT(refused.err, HasSubstr("no certificate that is good for this address"));

    EXPECT_EQ(ask_as_operator(0, {"node", "why"}).code, 0) << ask_as_operator(0, {"node", "why"}).err;
    const auto public_why = ask(url(0), {"node", "why"});
    EXPECT_EQ(public_why.code, 1);
    EXPECT_THAT(public_why.err, HasSubstr("is for this node's operators"));
    EXPECT_THAT(ask(operators_url(0), {"node", "why"}).err, HasSubstr("certificate required"));

    EXPECT_THAT(rpc::metric_faults(metrics(0)), testing::IsEmpty());
    EXPECT_EQ(rpc::promtool_says(metrics(0)), "");

    const double before = certificate_end(0);
    const int process = network_.process(0);
    authority_.issue("node", SystemClock().now() + Duration{7'200'000});
    ASSERT_EQ(kill(process, SIGHUP), 0);
    EXPECT_TRUE(eventually([&] { return certificate_end(0) > before; })) << "SIGHUP says nothing to it";
    EXPECT_TRUE(eventually([&] { return certificate_end(1) > before; })) << "it looks at no file";
    EXPECT_EQ(network_.process(0), process);
    EXPECT_EQ(ask(url(0), {"status"}).code, 0);
}

TEST_F(TlsNetwork, IsNotBegunWithoutACertificate) {
    rewrite(2, certificate(), "");
    const auto config = network_.folder() / "low-carbon.toml";
    const auto ended = run({{program("pcqd").string(), "--config", config.string()}, {}, {}});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("rpc.certificate is missing"));
    EXPECT_THAT(ended.err, HasSubstr("only 127.0.0.1 and ::1 are served without TLS"));
}

}  // namespace
}  // namespace pcq::e2e
