// A network of its own for `pcq bench`: made in a temporary folder on free ports, started, and gone without a
// trace when the object ends.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace pcq::cli {

class TemporaryNetwork {
public:
    // Ready when it returns; the Error shows the last words of a node that did not start.
    static Result<TemporaryNetwork> start(std::size_t validators);
    ~TemporaryNetwork();
    TemporaryNetwork(TemporaryNetwork&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
    TemporaryNetwork& operator=(TemporaryNetwork&&) = delete;

    // As `pcq net init` writes it.
    std::filesystem::path folder() const { return folder_ / "network"; }

private:
    explicit TemporaryNetwork(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;  // empty: moved from
};

}  // namespace pcq::cli
