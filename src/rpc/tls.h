// TLS of a listener: version 1.3 only, by a certificate and key that an operator has put into files (PEM) and
// replaces there before they end. A listener for operators asks its clients for certificates too.
//
// Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "src/base/instant.h"
#include "src/base/result.h"

namespace pcq::rpc {

struct TlsFiles {
    std::filesystem::path certificate;  // the chain, the server's own first
    std::filesystem::path key;
    // Certificates of authorities: who shows none that is signed by one of them is not let in. Absent:
    // nobody is asked.
    std::optional<std::filesystem::path> clients = std::nullopt;
};

class ServerTls {
public:
    using Context = std::shared_ptr<boost::asio::ssl::context>;

    explicit ServerTls(TlsFiles files) : files_(std::move(files)) {}

    // For connections from now on; those that stand go on. io_failed, bad_key_file: says which file, and what
    // is wrong with it; what was loaded before stays.
    Result<> load();
    // Whether the files are others than at the last load(), good or bad.
    bool has_changed() const;

    // After the first load() that was good.
    Context context() const;
    // Until when the certificate is good.
    Instant end() const;
    const TlsFiles& files() const { return files_; }

private:
    // Size and time of a file: enough to see that it was replaced.
    struct Stamp {
        std::uint64_t bytes = 0;
        std::filesystem::file_time_type changed{};
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };
    static Stamp stamp_of(const std::filesystem::path& file);
    std::vector<Stamp> stamps() const;

    const TlsFiles files_;
    mutable std::mutex mutex_;
    Context context_;
    Instant end_;
    std::vector<Stamp> loaded_;
};

}  // namespace pcq::rpc
