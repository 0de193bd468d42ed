// A statement or a certificate of surrender that somebody hands over, as the auditor and as pcq-verifier read
// it: two programs that share nothing here, and what one takes the other takes. What is taken proves the very
// records that the chain of the shared vectors has.
#include "src/audit/proof_file.h"

#include <fstream>
#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "src/audit/verifier/statement.h"
#include "tests/fuzz/target.h"

namespace pcq::fuzz {
namespace {

namespace json = boost::json;

struct World {
    World() {
        std::ifstream file("tests/data/vectors/statements.json");
        std::ostringstream text;
        text << file.rdbuf();
        const auto vectors = json::parse(text.str());
        const Bytes document(vectors.at("genesis").as_string());
        genesis = *ledger::Genesis::from(document);
        chain = *verifier::Chain::from(document);
        for (const auto& one : vectors.at("hold").as_array()) seeds.push_back(json::serialize(one));
        for (const auto& one : vectors.at("refused").as_array())
            seeds.push_back(json::serialize(one.at("file")));
        for (const auto& one : vectors.at("letters").as_array())
            seeds.emplace_back(one.at("text").as_string());
    }
    std::optional<ledger::Genesis> genesis;
    std::optional<verifier::Chain> chain;
    std::vector<Bytes> seeds;
};

const World& world() {
    static const World made;
    return made;
}

bool is_taken_by_auditor(const Bytes& text) {
    const auto file = audit::proof_from(text);
    if (!file || file->chain != world().genesis->chain) return false;
    const ledger::LightClient client(world().genesis->chain, world().genesis->validators);
    return std::visit([&client](const auto& proof) { return audit::check(proof, client).has_value(); },
                      file->proof);
}

bool is_taken_by_verifier(const Bytes& text) {
    const auto of = verifier::chain_of(text);
    if (!of || (*of && **of != world().chain->id())) return false;
    return verifier::check_statement(text, *world().chain).has_value();
}

}  // namespace

void run(BytesView input) {
    const Bytes text(input);
    PCQ_INVARIANT(is_taken_by_auditor(text) == is_taken_by_verifier(text));
}

std::vector<Bytes> seeds() {
    return world().seeds;
}

}  // namespace pcq::fuzz
