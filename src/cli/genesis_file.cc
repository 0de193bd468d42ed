#include "src/cli/genesis_file.h"

#include <fstream>
#include <sstream>

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

}  // namespace pcq::cli
