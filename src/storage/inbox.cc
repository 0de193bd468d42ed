#include "src/storage/inbox.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "src/base/hex.h"
#include "src/crypto/hash.h"
#include "src/storage/file.h"

namespace pcq::storage {
namespace {

constexpr std::string_view kEnding = ".inbox";
constexpr std::size_t kDigits = 10;
constexpr std::size_t kCheckBytes = 8;
constexpr std::size_t kHeadBytes = 4 + kCheckBytes;
constexpr std::size_t kTakenHead = 1 + 8;
constexpr std::size_t kRefusedBytes = 1 + Hash::kSize + 4;
constexpr std::size_t kBodyBytesMax = kTakenHead + ledger::kTransactionBytesMax;
constexpr std::size_t kFilesKept = 2;

Error failed(const std::filesystem::path& file, const char* what) {
    return Error{Code::io_failed, file.string() + " cannot be " + what + ": " + std::strerror(errno)};
}

Bytes check_of(BytesView body) {
    return Bytes(crypto::sha256({body}).view().substr(0, kCheckBytes));
}

// The number in a file's name, if it is one of ours.
std::optional<std::uint64_t> number_of(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    if (name.size() != kDigits + kEnding.size() || name.substr(kDigits) != kEnding) return std::nullopt;
    const auto digits = name.substr(0, kDigits);
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    return std::stoull(digits);
}

}  // namespace

Inbox::~Inbox() {
    for (const auto& file : files_) close(file.descriptor);
}

std::filesystem::path Inbox::path_of(std::uint64_t number) const {
    std::string digits = std::to_string(number);
    digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
    return folder_ / (digits + std::string(kEnding));
}

Result<std::unique_ptr<Inbox>> Inbox::open(const std::filesystem::path& folder, const ChainId& chain,
                                           const Options& options) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    std::vector<std::uint64_t> numbers;
    if (!failure) {
        for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
            if (const auto number = number_of(entry.path())) numbers.push_back(*number);
        }
    }
    if (failure) return Error{Code::io_failed, folder.string() + " cannot be read: " + failure.message()};
    std::sort(numbers.begin(), numbers.end());

    std::unique_ptr<Inbox> inbox(new Inbox(folder, chain, options));
    for (const auto number : numbers) {
        if (auto done = inbox->read(number); !done) return done.error();
    }
    if (inbox->files_.empty()) {
        if (auto begun = inbox->begin(1); !begun) return begun.error();
    }
    while (inbox->files_.size() > kFilesKept) inbox->forget_oldest();
    return inbox;
}

// Everything up to the first record that does not hold; what follows is written over.
Result<> Inbox::read(std::uint64_t number) {
    const auto path = path_of(number);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return failed(path, "opened");
    auto& file = files_.emplace_back(File{number, descriptor, 0, 0});
    for (;;) {
        const auto head = read_up_to(descriptor, kHeadBytes, file.bytes);
        if (!head) return failed(path, "read");
        if (head->size() < kHeadBytes) break;
        const std::uint32_t length = load_u32(*head);
        if (length == 0 || length > kBodyBytesMax) break;
        const auto body = read_up_to(descriptor, length, file.bytes + kHeadBytes);
        if (!body) return failed(path, "read");
        if (body->size() != length || BytesView(*head).substr(4) != check_of(*body)) break;
        Place place{number, file.bytes + kHeadBytes, length, Code::ok};
        if ((*body)[0] == 'T' && length > kTakenHead) {
            places_[ledger::transaction_hash(chain_, body->substr(kTakenHead))] = place;
        } else if ((*body)[0] == 'R' && length == kRefusedBytes) {
            const auto code = code_from_number(load_u32(BytesView(*body).substr(1 + Hash::kSize)));
            place.refused = code.value_or(Code::internal);
            places_[*Hash::from(BytesView(*body).substr(1, Hash::kSize))] = place;
        }
        file.bytes += kHeadBytes + length;
        ++file.records;
    }
    if (ftruncate(descriptor, static_cast<off_t>(file.bytes)) != 0) return failed(path, "cut");
    return {};
}

Result<> Inbox::begin(std::uint64_t number) {
    const auto path = path_of(number);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return failed(path, "opened");
    files_.push_back({number, descriptor, 0, 0});
    return {};
}

void Inbox::forget_oldest() {
    const File oldest = files_.front();
    files_.erase(files_.begin());
    std::erase_if(places_, [&oldest](const auto& entry) { return entry.second.file == oldest.number; });
    close(oldest.descriptor);
    std::error_code ignored;  // it is read once more, then
    std::filesystem::remove(path_of(oldest.number), ignored);
}

Result<> Inbox::append(const Hash& hash, const Bytes& body, Code refused) {
    if (files_.back().bytes >= options_.file_bytes || files_.back().records >= options_.file_records) {
        if (auto begun = begin(files_.back().number + 1); !begun) return begun.error();
        if (files_.size() > kFilesKept) forget_oldest();
    }
    auto& file = files_.back();
    Bytes record;
    record.reserve(kHeadBytes + body.size());
    append_u32(record, static_cast<std::uint32_t>(body.size()));
    record += check_of(body);
    record += body;
    // A record that was written in part is written over by the next one.
    if (!write_all(file.descriptor, record, file.bytes)) return failed(path_of(file.number), "written");
    places_[hash] = {file.number, file.bytes + kHeadBytes, static_cast<std::uint32_t>(body.size()), refused};
    file.bytes += record.size();
    ++file.records;
    return {};
}

Result<> Inbox::take(const Hash& hash, std::uint64_t height, const ledger::RawTransaction& transaction) {
    const std::lock_guard lock(mutex_);
    const auto known = places_.find(hash);
    if (known != places_.end() && known->second.refused == Code::ok) return {};
    Bytes body = "T";
    append_u64(body, height);
    body += transaction;
    return append(hash, body, Code::ok);
}

Result<> Inbox::refuse(const Hash& hash, Code code) {
    const std::lock_guard lock(mutex_);
    const auto known = places_.find(hash);
    if (known != places_.end() && known->second.refused == code) return {};
    Bytes body = "R";
    body += hash.view();
    append_u32(body, static_cast<std::uint32_t>(code));
    return append(hash, body, code);
}

std::optional<Inbox::Entry> Inbox::find(const Hash& hash) const {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(hash);
    if (found == places_.end()) return std::nullopt;
    const Place& place = found->second;
    if (place.refused != Code::ok) return Entry{place.refused};
    const auto file = std::find_if(files_.begin(), files_.end(),
                                   [&place](const File& each) { return each.number == place.file; });
    const auto body = read_up_to(file->descriptor, place.length, place.at);
    if (!body || body->size() != place.length) return std::nullopt;
    return Entry{Code::ok, load_u64(BytesView(*body).substr(1)), body->substr(kTakenHead)};
}

std::vector<Hash> Inbox::taken() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::pair<std::uint64_t, std::uint64_t>, Hash>> found;
    for (const auto& [hash, place] : places_)
        if (place.refused == Code::ok) found.push_back({{place.file, place.at}, hash});
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Hash> hashes;
    for (const auto& [place, hash] : found) hashes.push_back(hash);
    return hashes;
}

}  // namespace pcq::storage
