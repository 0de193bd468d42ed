// Which chains an audit is of: archives, folders of stopped nodes, a running node; and the folder that it
// works in. Blocking.
#pragma once

#include <filesystem>

#include "src/audit/verify.h"
#include "src/cli/commands.h"

namespace pcq::cli {

struct AuditSources {
    std::vector<std::string> sources;
    std::vector<std::string> documents;
    std::string work;
    unsigned threads = 0;  // 0: one for each core
    std::optional<std::uint64_t> to_height;
};

// The options of a command that fill it.
void add_sources(CLI::App& command, AuditSources& sources);
// A file is an archive; a folder a node's data, or one store; nothing: every chain of the running node.
// bad_argument: a chain is of none of the genesis documents that were named.
Result<std::vector<audit::ReplaySource>> find_sources(const AuditSources& options, const Session& session);
audit::VerifyOptions verify_options(const AuditSources& options, const std::filesystem::path& work);

// Removed at the end if nobody has named one.
class WorkFolder {
public:
    static Result<WorkFolder> at(const std::string& named) {
        if (!named.empty()) return WorkFolder(named, false);
        std::string name = (std::filesystem::temp_directory_path() / "pcq_verify_XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            return Error{Code::io_failed, "cannot make a folder for the replay; name one with --work"};
        return WorkFolder(name, true);
    }
    WorkFolder(WorkFolder&& other) noexcept
        : path(std::move(other.path)), temporary_(std::exchange(other.temporary_, false)) {}
    WorkFolder& operator=(WorkFolder&&) = delete;
    ~WorkFolder() {
        std::error_code ignored;
        if (temporary_) std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;

private:
    WorkFolder(std::filesystem::path folder, bool temporary)
        : path(std::move(folder)), temporary_(temporary) {}
    bool temporary_;
};

}  // namespace pcq::cli
