// pcq-verifier: checks an exported period and people's statements, sharing nothing with a node but the
// formats (docs/audit.md).
//
// kUsage says how it is called and how it ends.
#include <fstream>
#include <iostream>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/stubs/logging.h>

#include "src/audit/verifier/archive.h"
#include "src/audit/verifier/statement.h"
#include "src/audit/verifier/trees.h"
#include "src/base/address.h"
#include "src/base/hex.h"

namespace pcq::verifier {
namespace {

namespace json = boost::json;

constexpr std::uintmax_t kDocumentMax = 1 << 20;
constexpr const char* kUsage =
    "pcq-verifier [--json] [--genesis FILE]... ARCHIVE|STATEMENT...\n\n"
    "  --genesis FILE  a genesis document, from somebody you trust; may be repeated\n"
    "  --json          one object for machines\n"
    "  --help          this text\n"
    "\n"
    "Archives (docs/archive.md) stand in the order of their heights. Exit codes: 0 everything holds; 1 not\n"
    "decided: a file cannot be read or is neither, its chain is not known, or validators change by\n"
    "blocks that are not given or by too many proposals; 2 wrong arguments; 4 something does not hold.\n";

enum : int { kHolds = 0, kUnread = 1, kMisused = 2, kBroken = 4 };

class Verifying {
public:
    explicit Verifying(bool is_json) : is_json_(is_json) {}

    Result<> know(const std::string& file) {
        const auto document = read(file, kDocumentMax);
        if (!document) return document.error();
        auto chain = Chain::from(*document);
        if (!chain) return Error{chain.error().code, file + ": " + chain.error().message};
        chains_.emplace(chain->id(), *std::move(chain));
        are_named_ = true;
        return {};
    }

    Result<> look_at(const std::string& file) {
        std::ifstream stream(file, std::ios::binary);
        Bytes magic(8, '\0');
        if (stream.read(magic.data(), 8) && magic == "PCQARCH\n") return archive(file);
        const auto bytes = read(file, kStatementBytesMax);
        if (!bytes) return bytes.error();
        return statement(file, *bytes);
    }

    // Each chain against what the others say that it is.
    Result<> agree() {
        for (const auto& [id, by] : chains_) {
            for (const auto& foreign : by.foreign()) {
                proto::Header fields;
                if (!fields.ParseFromString(foreign.header)) continue;
                const auto of = chains_.find(ChainId::from(fields.chain_id()).value_or(ChainId()));
                if (of == chains_.end()) continue;
                // What no quorum has signed was refused there, and is nobody's word.
                const auto header = of->second.certified(foreign.header, foreign.certificate);
                if (!header) continue;
                const auto own = of->second.hash_at(header->height());
                if (own && *own != of->second.hash_of(foreign.header))
                    return Error{Code::bad_header, foreign.where + " has a certified header " +
                                                       std::to_string(header->height()) +
                                                       " of another history of " + of->second.name() +
                                                       " than its archive"};
                if (own) ++agreed_;
            }
        }
        return {};
    }

    void report(const std::optional<Error>& error) {
        json::array chains;
        for (const auto& [id, chain] : chains_) {
            const auto& counts = chain.counts();
            if (counts.blocks == 0) continue;
            chains.push_back(json::object{{"chain", chain.name()},
                                          {"chain_id", to_hex(id)},
                                          {"first_height", chain.first_height()},
                                          {"height", chain.height()},
                                          {"state_root", to_hex(chain.tip().state_root())},
                                          {"transactions", counts.transactions},
                                          {"signatures", counts.signatures},
                                          {"validator_changes", counts.validator_changes}});
        }
        if (is_json_) {
            json::object all{{"holds", !error},
                             {"chains", chains},
                             {"statements", statements_},
                             {"agreed_headers", agreed_},
                             {"error", nullptr}};
            if (error) all["error"] = json::object{{"name", name(error->code)}, {"message", error->message}};
            std::cout << json::serialize(all) << "\n";
            return;
        }
        for (const auto& chain : chains) std::cout << json::serialize(chain) << "\n";
        for (const auto& said : statements_) std::cout << json::serialize(said) << "\n";
        if (!error && !are_named_)
            std::cout << "no --genesis was given: compare the chain ids with those that you know\n";
        if (!error) std::cout << "everything holds\n";
    }

private:
    static Result<Bytes> read(const std::string& file, std::uintmax_t most) {
        std::error_code failure;
        const auto size = std::filesystem::file_size(file, failure);
        std::ifstream stream(file, std::ios::binary);
        if (failure || !stream) return Error{Code::io_failed, file + " cannot be read"};
        if (size > most)
            return Error{Code::io_failed, file + " has " + std::to_string(size) + " bytes, at most " +
                                              std::to_string(most) + " are read"};
        std::ostringstream bytes;
        bytes << stream.rdbuf();
        return bytes.str();
    }

    Result<> archive(const std::string& file) {
        auto archive = Archive::open(file);
        if (!archive) return archive.error();
        auto fresh = Chain::from(archive->document());
        if (!fresh) return Error{fresh.error().code, file + ": " + fresh.error().message};
        if (are_named_ && chains_.count(fresh->id()) == 0)
            return Error{Code::not_found, file + " is of chain " + to_hex(fresh->id()) +
                                              ", of which no genesis document is given with --genesis"};
        Chain& chain = chains_.emplace(fresh->id(), *fresh).first->second;
        while (true) {
            const auto blocks = archive->frame();
            if (!blocks) return blocks.error();
            if (blocks->empty()) return {};
            for (const auto& bytes : *blocks) {
                const std::uint64_t height =
                    chain.counts().blocks == 0 ? archive->first_height() : chain.height() + 1;
                proto::CertifiedBlock block;
                Result<> good = Error{Code::bad_encoding, "it is no pcq.v1.CertifiedBlock"};
                if (is_canonical(bytes, block)) good = chain.add(block);
                if (!good)
                    return Error{good.error().code, file + ": " + chain.name() + " block " +
                                                        std::to_string(height) + ": " + good.error().message};
            }
        }
    }

    Result<> statement(const std::string& file, const Bytes& bytes) {
        const auto of = chain_of(bytes);
        if (!of) return Error{of.error().code, file + ": " + of.error().message};
        auto chain = *of ? chains_.find(**of) : chains_.end();
        if (!*of && chains_.size() == 1) chain = chains_.begin();
        if (chain == chains_.end())
            return Error{Code::not_found, file + ": name its chain's genesis document with --genesis"};
        const auto said = check_statement(bytes, chain->second);
        if (!said) return Error{said.error().code, file + ": " + said.error().message};
        statements_.push_back(json::object{{"file", file},
                                           {"account", to_address(said->account)},
                                           {"period", said->period},
                                           {"height", said->height},
                                           {"settled", said->is_settled},
                                           {"figures", said->text}});
        return {};
    }

    const bool is_json_;
    bool are_named_ = false;
    std::map<ChainId, Chain> chains_;
    std::uint64_t agreed_ = 0;
    json::array statements_;
};

int exit_of(Code code) {
    const bool is_unread = code == Code::io_failed || code == Code::not_found || code == Code::bad_argument;
    return is_unread ? kUnread : kBroken;
}

struct Arguments {
    std::vector<std::string> documents;
    std::vector<std::string> files;
    bool is_json = false;
    bool wants_help = false;
};

// The Error's message is what is wrong with them.
Result<Arguments> arguments_from(const std::vector<std::string>& words) {
    Arguments arguments;
    for (std::size_t at = 0; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word == "--help" || word == "-h") {
            arguments.wants_help = true;
            return arguments;
        }
        if (word == "--json") {
            arguments.is_json = true;
        } else if (word == "--genesis") {
            if (at + 1 == words.size()) return Error{Code::bad_argument, "--genesis stands without its file"};
            arguments.documents.push_back(words[++at]);
        } else if (word.rfind('-', 0) == 0) {
            return Error{Code::bad_argument, "there is no option " + word};
        } else {
            arguments.files.push_back(word);
        }
    }
    if (arguments.files.empty())
        return Error{Code::bad_argument, "no archive and no statement is named: there is nothing to check"};
    return arguments;
}

int run(const std::vector<std::string>& words) {
    const auto arguments = arguments_from(words);
    if (!arguments) {
        std::cerr << "pcq-verifier: " << arguments.error().message << "\n" << kUsage;
        return kMisused;
    }
    if (arguments->wants_help) {
        std::cout << kUsage;
        return kHolds;
    }
    Verifying verifying(arguments->is_json);
    std::optional<Error> error;
    int ends = kHolds;
    const auto done = [&](Result<> result) {
        if (result) return true;
        error = result.error();
        ends = exit_of(error->code);
        return false;
    };
    for (const auto& document : arguments->documents) {
        if (done(verifying.know(document))) continue;
        ends = kUnread;  // whoever named it is wrong, and no file has been looked at
        break;
    }
    for (const auto& file : arguments->files) {
        if (error || !done(verifying.look_at(file))) break;
    }
    if (!error) done(verifying.agree());
    verifying.report(error);
    if (error) std::cerr << "pcq-verifier: " << error->message << " (" << name(error->code) << ")\n";
    return ends;
}

}  // namespace
}  // namespace pcq::verifier

int main(int argc, char** argv) {
    google::protobuf::SetLogHandler(nullptr);  // what is wrong with a file is told by errors
    return pcq::verifier::run({argv + 1, argv + argc});
}
