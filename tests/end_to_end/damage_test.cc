// One byte of a stopped node's store is changed: in a record behind RocksDB's back, or anywhere in its files.
// The node must say so when it starts, and pcq audit totals must, each naming what is damaged.
#include <fstream>
#include <iostream>
#include <random>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "src/base/hex.h"
#include "tests/end_to_end/trading.h"

namespace pcq::e2e {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

constexpr std::uint32_t kSeed = 20132;
constexpr std::size_t kSellers = 4;
constexpr std::size_t kTrades = 60;
constexpr std::size_t kFileBytes = 60;  // changed one after the other, in each kind of file

// The records of a store as plain RocksDB shows them.
class RawStore {
public:
    explicit RawStore(const std::filesystem::path& path) {
        std::vector<std::string> names;
        EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, path.string(), &names).ok());
        std::vector<rocksdb::ColumnFamilyDescriptor> families;
        families.reserve(names.size());
        for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
        std::vector<rocksdb::ColumnFamilyHandle*> handles;
        rocksdb::DB* db = nullptr;
        const auto status = rocksdb::DB::Open({}, path.string(), families, &handles, &db);
        EXPECT_TRUE(status.ok()) << status.ToString();
        db_.reset(db);
        for (std::size_t i = 0; i < names.size(); ++i) families_[names[i]] = handles[i];
    }
    ~RawStore() {
        for (const auto& [name, family] : families_) db_->DestroyColumnFamilyHandle(family);
    }
    RawStore(const RawStore&) = delete;
    RawStore& operator=(const RawStore&) = delete;

    void put(const std::string& family, const Bytes& key, const Bytes& value) {
        EXPECT_TRUE(db_->Put({}, families_.at(family), key, value).ok());
    }
    std::vector<std::pair<Bytes, Bytes>> records(const std::string& family) {
        std::vector<std::pair<Bytes, Bytes>> records;
        const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}, families_.at(family)));
        for (at->SeekToFirst(); at->Valid(); at->Next())
            records.emplace_back(at->key().ToString(), at->value().ToString());
        return records;
    }

private:
    std::unique_ptr<rocksdb::DB> db_;
    std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
};

// One network for all; its first node is stopped in the usual way, its second was killed.
class Damage : public testing::Test {
protected:
    static void SetUpTestSuite() {
        network_ = std::make_unique<Network>();
        network_->up();
        market_ = std::make_unique<Market>(*network_, 2 * kSellers);
        Trading trading(*market_, kSellers);
        trading.await(kTrades);
        trading.stop();
        network_->await_caught_up(all_nodes());
        network_->kill_node(1);
        network_->down();
    }
    static void TearDownTestSuite() {
        market_.reset();
        network_.reset();
    }

    static Network& network() { return *network_; }
    static Ended audit(const std::filesystem::path& store) {
        return pcq({"--json", "audit", "totals", store.string()});
    }
    // Ends by itself when the store is damaged; 124 if it does not.
    static Ended start(std::size_t node) {
        const auto config = network().folder() / (Network::names()[node] + ".toml");
        return run(
            {{"/usr/bin/timeout", "30", program("pcqd").string(), "--config", config.string()}, {}, ""});
    }

    static std::unique_ptr<Network> network_;
    static std::unique_ptr<Market> market_;
    std::mt19937 random_{kSeed};
};
std::unique_ptr<Market> Damage::market_;
std::unique_ptr<Network> Damage::network_;

struct Record {
    std::string family;
    Bytes key;
    Bytes value;
    std::string named;  // what the message must say
};

// Each part of some blocks, and some records of the newest state.
std::vector<Record> some_records(RawStore& raw, std::mt19937& random) {
    std::vector<Record> chosen;
    std::map<std::uint64_t, std::vector<std::pair<Bytes, Bytes>>> blocks;
    for (auto& [key, value] : raw.records("blocks")) blocks[load_u64(key)].emplace_back(key, value);
    std::vector<std::uint64_t> heights{0, 1, blocks.rbegin()->first};
    for (int i = 0; i < 2; ++i) heights.push_back(2 + random() % (blocks.rbegin()->first - 2));
    for (const std::uint64_t height : heights) {
        for (const auto& [key, value] : blocks.at(height))
            chosen.push_back({"blocks", key, value, "(block|height) " + std::to_string(height) + " "});
    }
    // The newest version of a key comes first; the key itself ends before 0x00 0x01 and the version.
    std::set<Bytes> seen;
    std::vector<Record> state;
    for (const auto& [key, value] : raw.records("state")) {
        const Bytes prefix = key.substr(0, key.size() - 8);
        if (seen.insert(prefix).second) state.push_back({"state", key, value, "state record"});
    }
    std::shuffle(state.begin(), state.end(), random);
    chosen.insert(chosen.end(), state.begin(),
                  state.begin() + std::min<std::ptrdiff_t>(12, std::ssize(state)));
    return chosen;
}

TEST_F(Damage, OfOneByteOfAnyBlockOrStateRecordIsFoundAndNamed) {
    std::cout << "seed " << kSeed << std::endl;
    for (const char* chain : {"main", "side"}) {
        const auto store = network().store(0, chain);
        const auto records = some_records(*std::make_unique<RawStore>(store), random_);
        int number = 0;
        for (const auto& record : records) {
            if (record.value.empty()) continue;
            const std::size_t at = random_() % record.value.size();
            SCOPED_TRACE(record.family + " record " + to_hex(record.key) + ", byte " + std::to_string(at));
            Bytes changed = record.value;
            changed[at] = static_cast<char>(changed[at] ^ (1 << random_() % 8));
            RawStore(store).put(record.family, record.key, changed);

            const auto audited = audit(store);
            EXPECT_EQ(audited.code, 4) << audited.err;
            EXPECT_THAT(audited.err, AllOf(HasSubstr(store.string()), ContainsRegex(record.named)));
            if (number++ % 5 == 0) {
                const auto started = start(0);
                EXPECT_EQ(started.code, 1) << started.err;
                EXPECT_THAT(started.err,
                            AllOf(HasSubstr("store of chain " + std::string(chain) + " is damaged"),
                                  ContainsRegex(record.named), HasSubstr("store_damaged")));
            }
            RawStore(store).put(record.family, record.key, record.value);
        }
        EXPECT_EQ(audit(store).code, 0) << "as it was before";
    }
}

// Goal: no byte of the files can change and leave another chain behind that passes for whole.
TEST_F(Damage, OfOneByteOfAFileIsFoundOrChangesNothing) {
    for (const std::size_t node : {0u, 1u}) {
        const auto store = network().store(node, "side");
        const auto whole = audit(store);
        ASSERT_EQ(whole.code, 0) << whole.err;
        for (const char* extension : {".log", ".sst"}) {
            std::vector<std::filesystem::path> files;
            for (const auto& entry : std::filesystem::directory_iterator(store)) {
                if (entry.path().extension() == extension && entry.file_size() > 0)
                    files.push_back(entry.path());
            }
            std::sort(files.begin(), files.end());
            int found = 0;
            for (std::size_t i = 0; i < kFileBytes && !files.empty(); ++i) {
                const auto& file = files[random_() % files.size()];
                const auto at = static_cast<std::streamoff>(random_() % std::filesystem::file_size(file));
                std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
                const auto flip = [&](int mask) {
                    bytes.seekg(at);
                    const int byte = bytes.get();
                    bytes.seekp(at);
                    bytes.put(static_cast<char>(byte ^ mask)).flush();
                };
                const int mask = 1 << random_() % 8;
                SCOPED_TRACE(file.string() + ", byte " + std::to_string(at) + " ^ " + std::to_string(mask));
                flip(mask);
                const auto audited = audit(store);
                if (audited.code == 0) {
                    EXPECT_EQ(audited.out, whole.out) << "another chain passes for whole";
                } else {
                    ++found;
                    EXPECT_EQ(audited.code, 4) << audited.err;
                    EXPECT_THAT(audited.err, HasSubstr(store.string()));
                }
                flip(mask);
            }
            std::cout << Network::names()[node] << " " << extension << ": " << files.size() << " files, "
                      << found << " of " << kFileBytes << " changes found" << std::endl;
        }
        EXPECT_EQ(audit(store).out, whole.out) << "as it was before";
    }
}

TEST_F(Damage, ThatWasMendedLetsTheNodeTakePartAgain) {
    network().up();
    network().await_caught_up(all_nodes());
    network().expect_equal_chains(all_nodes());
}

// Where the batches of a RocksDB log begin. Its records are u32 checksum, u16 length (little-endian), type;
// none crosses a page of 32 KiB; those of type 1 and 2 begin a batch.
std::vector<std::size_t> batches(const Bytes& log) {
    constexpr std::size_t kPage = 32 * 1024;
    constexpr std::size_t kHead = 7;
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at + kHead <= log.size();) {
        const std::size_t left = kPage - at % kPage;
        if (left < kHead) {
            at += left;
            continue;
        }
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(log[at + i]); };
        const std::size_t length = byte(4) + 256u * byte(5);
        if (length == 0) break;
        if (byte(6) == 1 || byte(6) == 2) starts.push_back(at);
        at += kHead + length;
    }
    return starts;
}

// A log that ends too early, or that a wrong length near its end makes look so, is as a crash may leave it:
// the last blocks are gone, and what is left is whole. Only the record of votes beside the store knows
// better.
TEST_F(Damage, ThatHidesTheLastBlocksIsFoundAndTheyAreFetchedAgain) {
    network().up();
    network().await_caught_up(all_nodes());
    Trading trading(*market_, kSellers);
    ASSERT_TRUE(trading.await(kTrades));
    trading.stop();
    network().await_caught_up(all_nodes());
    network().kill_node(2);
    const auto store = network().store(2, "side");
    std::filesystem::path log;
    for (const auto& entry : std::filesystem::directory_iterator(store)) {
        if (entry.path().extension() == ".log") log = entry.path();
    }
    std::ostringstream content;
    content << std::ifstream(log, std::ios::binary).rdbuf();
    const Bytes whole = content.str();
    const auto starts = batches(whole);
    ASSERT_GT(starts.size(), 3u);
    std::filesystem::resize_file(log, starts[starts.size() - 3]);

    const auto audited = audit(store);

    EXPECT_EQ(audited.code, 4) << audited.out;
    EXPECT_THAT(audited.err, AllOf(HasSubstr(store.string()), HasSubstr("blocks are missing from its end")));
    network().up(2);
    network().await_caught_up(all_nodes());
    EXPECT_THAT(network().log(2), HasSubstr("blocks are missing from its end"));
    trading.expect_all_in(network().expect_equal_chains(all_nodes()));
}

}  // namespace
}  // namespace pcq::e2e
