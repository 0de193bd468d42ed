#include "src/node/inboxes.h"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pcq::node {
namespace {

void log_if_failed(const Result<>& written) {
    if (!written)
        spdlog::error("what was handed in would be forgotten by a restart: why=\"{}\"",
                      written.error().message);
}

}  // namespace

Result<> Inboxes::open(const ChainId& chain, const std::filesystem::path& folder) {
    auto opened = storage::Inbox::open(folder, chain, {});
    if (!opened) return opened.error();
    inboxes_[chain] = *std::move(opened);
    return {};
}

void Inboxes::take(const ChainId& chain, const Hash& hash, std::uint64_t height,
                   ledger::RawTransaction transaction) {
    then([inbox = inboxes_.at(chain).get(), hash, height, transaction = std::move(transaction)] {
        log_if_failed(inbox->take(hash, height, transaction));
    });
}

void Inboxes::refuse(const ChainId& chain, const Hash& hash, Code code) {
    then([inbox = inboxes_.at(chain).get(), hash, code] { log_if_failed(inbox->refuse(hash, code)); });
}

void Inboxes::then(std::function<void()> work) {
    boost::asio::post(writer_, std::move(work));
}

void Inboxes::stop() {
    writer_.join();
}

}  // namespace pcq::node
