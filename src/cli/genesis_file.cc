#include "src/cli/genesis_file.h"

#include <fstream>
#include <sstream>

#include "src/base/hex.h"

namespace pcq::cli {

Result<ledger::Genesis> genesis_from(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf()))
        return Error{Code::bad_argument, "cannot read the genesis document " + file};
    auto genesis = ledger::Genesis::from(content.str());
    if (!genesis) return Error{Code::bad_argument, file + ": " + genesis.error().message};
    return genesis;
}

Result<std::vector<ledger::Genesis>> genesis_documents_from(const std::vector<std::string>& files) {
    std::vector<ledger::Genesis> documents;
    for (const auto& file : files) {
        auto genesis = genesis_from(file);
        if (!genesis) return genesis.error();
        for (std::size_t i = 0; i < documents.size(); ++i) {
            const auto& other = documents[i];
            if (other.chain == genesis->chain || other.fields.name() != genesis->fields.name()) continue;
            return Error{Code::bad_argument, files[i] + " and " + file +
                                                 " are of two chains that are both called " +
                                                 other.fields.name() + ", " + to_hex(other.chain) + " and " +
                                                 to_hex(genesis->chain) + ": give the one that is meant"};
        }
        documents.push_back(*std::move(genesis));
    }
    return documents;
}

}  // namespace pcq::cli
