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
                   const ledger::RawTransaction& transaction) {
    auto* inbox = inboxes_.at(chain).get();
    if (inbox->has_taken(hash)) return;
    const std::size_t bytes = transaction.size();
    if (queued_bytes_.fetch_add(bytes) + bytes > kQueuedBytesMax) {
        queued_bytes_ -= bytes;
        return log_if_failed(Error{Code::io_failed, "the disk has not taken what came before it"});
    }
    then([this, inbox, hash, height, transaction] {
        log_if_failed(inbox->take(hash, height, transaction));
        queued_bytes_ -= transaction.size();
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
