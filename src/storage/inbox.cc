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

constexpr std::size_t kDigits = 10;
constexpr std::size_t kCheckBytes = 8;
constexpr std::size_t kPartHeadBytes = 4 + kCheckBytes;
constexpr std::size_t kOrderBytes = 8;
constexpr std::size_t kTakenHead = kOrderBytes + 8;
constexpr std::size_t kRefusedBytes = kOrderBytes + Hash::kSize + 4;
constexpr std::size_t kBodyBytesMax = kTakenHead + ledger::kTransactionBytesMax;
constexpr std::size_t kFilesKept = 2;

Error inbox_failed(const std::filesystem::path& file, const char* what) {
    return Error{Code::io_failed, file.string() + " cannot be " + what + ": " + std::strerror(errno)};
}

Bytes check_of(BytesView body) {
    return Bytes(crypto::sha256({body}).view().substr(0, kCheckBytes));
}

}  // namespace

// The records of one kind, in files that follow each other.
class Inbox::Log {
public:
    struct Place {
        std::uint64_t file = 0;
        std::uint64_t at = 0;
        std::uint32_t length = 0;  // of the body
        std::uint64_t order = 0;
    };
    // The transaction that a body is about; nothing of one that is none of this kind.
    using KeyOf = std::function<std::optional<Hash>(BytesView body)>;

    Log(std::filesystem::path folder, std::string ending, const Limits& limits, KeyOf key_of)
        : folder_(std::move(folder)),
          ending_(std::move(ending)),
          limits_(limits),
          key_of_(std::move(key_of)) {}
    ~Log() {
        for (const auto& file : files_) close(file.descriptor);
    }
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    Result<> open();
    Result<> append(const Hash& hash, const Bytes& body);
    const Place* find(const Hash& hash) const {
        const auto found = places_.find(hash);
        return found == places_.end() ? nullptr : &found->second;
    }
    std::optional<Bytes> body(const Place& place) const;
    const std::unordered_map<Hash, Place, IdHasher>& places() const { return places_; }

private:
    struct File {
        std::uint64_t number = 0;
        int descriptor = -1;
        std::uint64_t bytes = 0;
        std::size_t records = 0;
    };

    std::filesystem::path path_of(std::uint64_t number) const;
    std::optional<std::uint64_t> number_of(const std::filesystem::path& file) const;
    Result<> read(std::uint64_t number);
    Result<> begin(std::uint64_t number);
    void forget_oldest();

    const std::filesystem::path folder_;
    const std::string ending_;
    const Limits limits_;
    const KeyOf key_of_;
    std::vector<File> files_;  // ascending; the last is written to
    std::unordered_map<Hash, Place, IdHasher> places_;
};

std::filesystem::path Inbox::Log::path_of(std::uint64_t number) const {
    std::string digits = std::to_string(number);
    digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
    return folder_ / (digits + ending_);
}

// The number in a file's name, if it is one of ours.
std::optional<std::uint64_t> Inbox::Log::number_of(const std::filesystem::path& file) const {
    const std::string name = file.filename().string();
    if (name.size() != kDigits + ending_.size() || name.substr(kDigits) != ending_) return std::nullopt;
    const auto digits = name.substr(0, kDigits);
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    return std::stoull(digits);
}

Result<> Inbox::Log::open() {
    std::error_code failure;
    std::vector<std::uint64_t> numbers;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failure)) {
        if (const auto number = number_of(entry.path())) numbers.push_back(*number);
    }
    if (failure) return Error{Code::io_failed, folder_.string() + " cannot be read: " + failure.message()};
    std::sort(numbers.begin(), numbers.end());
    for (const auto number : numbers) {
        if (auto done = read(number); !done) return done.error();
    }
    if (files_.empty()) {
        if (auto begun = begin(1); !begun) return begun.error();
    }
    while (files_.size() > kFilesKept) forget_oldest();
    return {};
}

// Everything up to the first record that does not hold; what follows is written over.
Result<> Inbox::Log::read(std::uint64_t number) {
    const auto path = path_of(number);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return inbox_failed(path, "opened");
    auto& file = files_.emplace_back(File{number, descriptor, 0, 0});
    for (;;) {
        const auto head = read_up_to(descriptor, kPartHeadBytes, file.bytes);
        if (!head) return inbox_failed(path, "read");
        if (head->size() < kPartHeadBytes) break;
        const std::uint32_t length = load_u32(*head);
        if (length < kOrderBytes || length > kBodyBytesMax) break;
        const auto body = read_up_to(descriptor, length, file.bytes + kPartHeadBytes);
        if (!body) return inbox_failed(path, "read");
        if (body->size() != length || BytesView(*head).substr(4) != check_of(*body)) break;
        if (const auto key = key_of_(*body))
            places_[*key] = {number, file.bytes + kPartHeadBytes, length, load_u64(*body)};
        file.bytes += kPartHeadBytes + length;
        ++file.records;
    }
    if (ftruncate(descriptor, static_cast<off_t>(file.bytes)) != 0) return inbox_failed(path, "cut");
    return {};
}

Result<> Inbox::Log::begin(std::uint64_t number) {
    const auto path = path_of(number);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return inbox_failed(path, "opened");
    files_.push_back({number, descriptor, 0, 0});
    return {};
}

void Inbox::Log::forget_oldest() {
    const File oldest = files_.front();
    files_.erase(files_.begin());
    std::erase_if(places_, [&oldest](const auto& entry) { return entry.second.file == oldest.number; });
    close(oldest.descriptor);
    std::error_code ignored;  // it is read once more, then
    std::filesystem::remove(path_of(oldest.number), ignored);
}

Result<> Inbox::Log::append(const Hash& hash, const Bytes& body) {
    if (files_.back().bytes >= limits_.bytes || files_.back().records >= limits_.records) {
        if (auto begun = begin(files_.back().number + 1); !begun) return begun.error();
        if (files_.size() > kFilesKept) forget_oldest();
    }
    auto& file = files_.back();
    Bytes record;
    record.reserve(kPartHeadBytes + body.size());
    append_u32(record, static_cast<std::uint32_t>(body.size()));
    record += check_of(body);
    record += body;
    // A record that was written in part is written over by the next one.
    if (!write_all(file.descriptor, record, file.bytes)) return inbox_failed(path_of(file.number), "written");
    places_[hash] = {file.number, file.bytes + kPartHeadBytes, static_cast<std::uint32_t>(body.size()),
                     load_u64(body)};
    file.bytes += record.size();
    ++file.records;
    return {};
}

std::optional<Bytes> Inbox::Log::body(const Place& place) const {
    const auto file = std::find_if(files_.begin(), files_.end(),
                                   [&place](const File& each) { return each.number == place.file; });
    auto found = read_up_to(file->descriptor, place.length, place.at);
    return found && found->size() == place.length ? std::move(found) : std::nullopt;
}

Inbox::Inbox(std::unique_ptr<Log> taken, std::unique_ptr<Log> refused)
    : taken_(std::move(taken)), refused_(std::move(refused)) {
    for (const auto* log : {taken_.get(), refused_.get()}) {
        for (const auto& [hash, place] : log->places()) order_ = std::max(order_, place.order);
    }
}

Inbox::~Inbox() = default;

Result<std::unique_ptr<Inbox>> Inbox::open(const std::filesystem::path& folder, const ChainId& chain,
                                           const Options& options) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) return Error{Code::io_failed, folder.string() + " cannot be made: " + failure.message()};
    auto taken = std::make_unique<Log>(
        folder, ".taken", options.taken, [chain](BytesView body) -> std::optional<Hash> {
            if (body.size() <= kTakenHead) return std::nullopt;
            return ledger::transaction_hash(chain, Bytes(body.substr(kTakenHead)));
        });
    auto refused =
        std::make_unique<Log>(folder, ".refused", options.refused, [](BytesView body) -> std::optional<Hash> {
            if (body.size() != kRefusedBytes) return std::nullopt;
            return Hash::from(body.substr(kOrderBytes, Hash::kSize));
        });
    for (auto* log : {taken.get(), refused.get()}) {
        if (auto opened = log->open(); !opened) return opened.error();
    }
    return std::unique_ptr<Inbox>(new Inbox(std::move(taken), std::move(refused)));
}

bool Inbox::is_taken(const Hash& hash) const {
    const auto* taken = taken_->find(hash);
    const auto* refused = refused_->find(hash);
    return taken != nullptr && (refused == nullptr || refused->order < taken->order);
}

bool Inbox::has_taken(const Hash& hash) const {
    const std::lock_guard lock(mutex_);
    return is_taken(hash);
}

Result<> Inbox::take(const Hash& hash, std::uint64_t height, const ledger::RawTransaction& transaction) {
    const std::lock_guard lock(mutex_);
    if (is_taken(hash)) return {};
    Bytes body;
    append_u64(body, ++order_);
    append_u64(body, height);
    return taken_->append(hash, body + transaction);
}

Result<> Inbox::refuse(const Hash& hash, Code code) {
    const std::lock_guard lock(mutex_);
    Bytes number;
    append_u32(number, static_cast<std::uint32_t>(code));
    if (const auto* known = refused_->find(hash); known != nullptr && !is_taken(hash)) {
        const auto body = refused_->body(*known);
        if (body && body->substr(kOrderBytes + Hash::kSize) == number) return {};
    }
    Bytes body;
    append_u64(body, ++order_);
    body += hash.view();
    return refused_->append(hash, body + number);
}

std::optional<Inbox::Entry> Inbox::find(const Hash& hash) const {
    const std::lock_guard lock(mutex_);
    const bool taken = is_taken(hash);
    const auto* place = taken ? taken_->find(hash) : refused_->find(hash);
    const auto body = place == nullptr ? std::nullopt : (taken ? taken_ : refused_)->body(*place);
    if (!body) return std::nullopt;
    if (taken)
        return Entry{Code::ok, load_u64(BytesView(*body).substr(kOrderBytes)), body->substr(kTakenHead)};
    const auto code = code_from_number(load_u32(BytesView(*body).substr(kOrderBytes + Hash::kSize)));
    return Entry{code.value_or(Code::internal)};
}

std::vector<Hash> Inbox::taken() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::uint64_t, Hash>> found;
    for (const auto& [hash, place] : taken_->places())
        if (is_taken(hash)) found.emplace_back(place.order, hash);
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Hash> hashes;
    hashes.reserve(found.size());
    for (const auto& [order, hash] : found) hashes.push_back(hash);
    return hashes;
}

}  // namespace pcq::storage
